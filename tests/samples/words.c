#include "words.h"
#define COUNT(table) ((int)(sizeof(table) / sizeof *(table)))

const struct first_name first_names[] = {
	{ "Ursula", "Uschi", 'f', 1935, 1962 },     { "Monika", "Moni", 'f', 1940, 1968 },
	{ "Renate", "", 'f', 1935, 1960 },          { "Brigitte", "Gitte", 'f', 1938, 1966 },
	{ "Ingrid", "", 'f', 1935, 1958 },          { "Sabine", "Bine", 'f', 1955, 1976 },
	{ "Petra", "", 'f', 1954, 1975 },           { "Andrea", "Andi", 'f', 1956, 1982 },
	{ "Susanne", "Susi", 'f', 1955, 1980 },     { "Gabriele", "Gabi", 'f', 1950, 1970 },
	{ "Claudia", "", 'f', 1958, 1982 },         { "Heike", "", 'f', 1956, 1976 },
	{ "Birgit", "Biggi", 'f', 1952, 1974 },     { "Anja", "", 'f', 1964, 1988 },
	{ "Nicole", "Nici", 'f', 1966, 1990 },      { "Stefanie", "Steffi", 'f', 1966, 1993 },
	{ "Katharina", "Kathi", 'f', 1972, 2006 },  { "Christina", "Tina", 'f', 1968, 1998 },
	{ "Melanie", "Melli", 'f', 1970, 1993 },    { "Julia", "Jule", 'f', 1972, 2006 },
	{ "Sandra", "Sandy", 'f', 1966, 1992 },     { "Anna", "Anni", 'f', 1976, 2008 },
	{ "Lena", "", 'f', 1980, 2008 },            { "Laura", "", 'f', 1980, 2008 },
	{ "Sarah", "", 'f', 1978, 2006 },           { "Franziska", "Franzi", 'f', 1974, 2004 },
	{ "Theresa", "Resi", 'f', 1978, 2006 },     { "Johanna", "Hanna", 'f', 1980, 2008 },
	{ "Elisabeth", "Lisa", 'f', 1938, 2004 },   { "Magdalena", "Leni", 'f', 1978, 2008 },
	{ "Zoë", "", 'f', 1994, 2008 },             { "Emma", "", 'f', 1996, 2008 },
	{ "Mia", "", 'f', 1998, 2008 },             { "Antonia", "Toni", 'f', 1984, 2008 },
	{ "Josephine", "Josy", 'f', 1988, 2008 },   { "Ayşe", "", 'f', 1966, 2000 },
	{ "Elif", "", 'f', 1986, 2008 },            { "Agnieszka", "Aga", 'f', 1970, 1995 },
	{ "Małgorzata", "Gosia", 'f', 1960, 1990 }, { "Ngọc", "", 'f', 1980, 2004 },
	{ "Michaela", "Michi", 'f', 1960, 1988 },   { "Bärbel", "", 'f', 1944, 1966 },
	{ "Jutta", "", 'f', 1946, 1968 },           { "Annika", "", 'f', 1980, 2006 },
	{ "Wiebke", "", 'f', 1970, 1996 },          { "Friederike", "Rike", 'f', 1974, 2004 },
	{ "Peter", "", 'm', 1935, 1975 },           { "Hans", "", 'm', 1935, 1962 },
	{ "Klaus", "", 'm', 1935, 1964 },           { "Wolfgang", "Wolfi", 'm', 1936, 1964 },
	{ "Jürgen", "", 'm', 1938, 1966 },          { "Günther", "", 'm', 1935, 1958 },
	{ "Dieter", "", 'm', 1936, 1962 },          { "Manfred", "Manni", 'm', 1936, 1962 },
	{ "Uwe", "", 'm', 1945, 1972 },             { "Jörg", "", 'm', 1956, 1980 },
	{ "Thomas", "Tom", 'm', 1952, 1990 },       { "Michael", "Micha", 'm', 1952, 1992 },
	{ "Andreas", "Andi", 'm', 1956, 1990 },     { "Stefan", "", 'm', 1958, 1990 },
	{ "Christian", "Chris", 'm', 1962, 1998 },  { "Frank", "", 'm', 1954, 1978 },
	{ "Matthias", "Matze", 'm', 1960, 1992 },   { "Alexander", "Alex", 'm', 1968, 2006 },
	{ "Sebastian", "Basti", 'm', 1972, 2000 },  { "Daniel", "Dani", 'm', 1970, 2002 },
	{ "Tobias", "Tobi", 'm', 1974, 2002 },      { "Maximilian", "Max", 'm', 1984, 2008 },
	{ "Florian", "Flo", 'm', 1974, 2004 },      { "Benjamin", "Ben", 'm', 1974, 2004 },
	{ "Philipp", "", 'm', 1978, 2006 },         { "Johannes", "Hannes", 'm', 1970, 2008 },
	{ "Friedrich", "Fritz", 'm', 1936, 2006 },  { "Jakob", "", 'm', 1984, 2008 },
	{ "Paul", "", 'm', 1984, 2008 },            { "Leon", "", 'm', 1990, 2008 },
	{ "Felix", "", 'm', 1982, 2008 },           { "Jonas", "", 'm', 1982, 2008 },
	{ "Lukas", "", 'm', 1982, 2008 },           { "Moritz", "", 'm', 1982, 2008 },
	{ "Robert", "Rob", 'm', 1950, 1996 },       { "Joachim", "Jo", 'm', 1940, 1968 },
	{ "Łukasz", "Luki", 'm', 1974, 1998 },      { "Tomasz", "Tomek", 'm', 1966, 1994 },
	{ "Mehmet", "", 'm', 1960, 2000 },          { "Emre", "", 'm', 1982, 2006 },
	{ "René", "", 'm', 1966, 1994 },            { "Fabian", "Fabi", 'm', 1978, 2006 },
	{ "Hendrik", "", 'm', 1970, 2002 },         { "Ole", "", 'm', 1976, 2006 },
};
const int first_name_count = COUNT(first_names);

const char *const last_names[] = {
	"Müller", "Schmidt", "Schneider", "Fischer", "Weber", "Meyer", "Wagner", "Becker", "Schulz",
	"Hoffmann", "Schäfer", "Koch", "Bauer", "Richter", "Klein", "Wolf", "Schröder", "Neumann",
	"Schwarz", "Zimmermann", "Braun", "Krüger", "Hofmann", "Hartmann", "Lange", "Schmitt",
	"Werner", "Krause", "Meier", "Lehmann", "Schmid", "Schulze", "Maier", "Köhler", "Herrmann",
	"König", "Walter", "Mayer", "Huber", "Kaiser", "Fuchs", "Peters", "Lang", "Scholz", "Möller",
	"Weiß", "Jung", "Hahn", "Schubert", "Vogel", "Friedrich", "Keller", "Günther", "Frank",
	"Berger", "Winkler", "Roth", "Beck", "Lorenz", "Baumann", "Franke", "Albrecht", "Schuster",
	"Simon", "Ludwig", "Böhm", "Winter", "Kraus", "Martin", "Schumacher", "Krämer", "Vogt",
	"Stein", "Jäger", "Otto", "Sommer", "Groß", "Seidel", "Heinrich", "Brandt", "Haas",
	"Schreiber", "Graf", "Schulte", "Dietrich", "Ziegler", "Kuhn", "Kühn", "Pohl", "Engel",
	"Horn", "Busch", "Bergmann", "Thomas", "Voigt", "Sauer", "Arnold", "Wolff", "Pfeiffer",
	"Yılmaz", "Kaya", "Demir", "Nguyen", "Tran", "Kowalski", "Nowak", "Wójcik", "Ivanov",
	"Petrović", "Rossi", "Hansen", "Petersen", "Jansen", "Janßen", "Claassen", "de Vries",
	"van der Berg", "von Bülow", "Lüdenscheidt", "Federspiel", "Himmelreich", "Kranz",
	"Nachtweih", "Oberdieck", "Quast", "Rübenkamp", "Siebenhaar", "Tönnies", "Uhlenbrock",
	"Vierheilig", "Wackernagel", "Zumbusch", "Birkenstock-Lenz", "Appelhans", "Düsterhöft",
	"Ehrenpreis", "Flaskamp", "Gnadenbrot", "Hülsewede", "Immergrün", "Kattenstroth",
	"Löwenherz", "Mühlenbruch", "Niewöhner", "Osterkamp", "Poggensee", "Rosenbusch",
	"Strohschneider", "Teichgräber", "Wiesengrund", "Zwickel",
};
const int last_name_count = COUNT(last_names);

const struct town towns[] = {
	{ "Berlin", "DE", 10115, 3900, "030", 100 },   { "Hamburg", "DE", 20095, 2400, "040", 52 },
	{ "München", "DE", 80331, 1600, "089", 42 },   { "Köln", "DE", 50667, 480, "0221", 30 },
	{ "Frankfurt am Main", "DE", 60306, 640, "069", 22 }, { "Stuttgart", "DE", 70173, 450, "0711", 18 },
	{ "Düsseldorf", "DE", 40210, 410, "0211", 18 }, { "Leipzig", "DE", 4103, 250, "0341", 18 },
	{ "Dortmund", "DE", 44135, 250, "0231", 16 },  { "Essen", "DE", 45127, 230, "0201", 15 },
	{ "Bremen", "DE", 28195, 580, "0421", 16 },    { "Dresden", "DE", 1067, 260, "0351", 16 },
	{ "Hannover", "DE", 30159, 500, "0511", 15 },  { "Nürnberg", "DE", 90402, 80, "0911", 14 },
	{ "Bochum", "DE", 44787, 100, "0234", 9 },     { "Bielefeld", "DE", 33602, 130, "0521", 9 },
	{ "Bonn", "DE", 53111, 110, "0228", 9 },       { "Münster", "DE", 48143, 24, "0251", 9 },
	{ "Karlsruhe", "DE", 76131, 100, "0721", 8 },  { "Freiburg im Breisgau", "DE", 79098, 19, "0761", 7 },
	{ "Lübeck", "DE", 23552, 18, "0451", 6 },      { "Rostock", "DE", 18055, 92, "0381", 6 },
	{ "Kiel", "DE", 24103, 56, "0431", 6 },        { "Göttingen", "DE", 37073, 12, "0551", 5 },
	{ "Würzburg", "DE", 97070, 14, "0931", 5 },    { "Tübingen", "DE", 72070, 8, "07071", 4 },
	{ "Oldenburg", "DE", 26121, 14, "0441", 4 },   { "Konstanz", "DE", 78462, 6, "07531", 3 },
	{ "Lüneburg", "DE", 21335, 5, "04131", 3 },    { "Görlitz", "DE", 2826, 2, "03581", 2 },
	{ "Wien", "AT", 1010, 220, "", 22 },           { "Graz", "AT", 8010, 44, "", 7 },
	{ "Salzburg", "AT", 5020, 6, "", 4 },          { "Zürich", "CH", 8001, 60, "", 9 },
	{ "Bern", "CH", 3004, 24, "", 4 },             { "Utrecht", "NL", 3511, 70, "", 3 },
};
const int town_count = COUNT(towns);

const char *const street_names[] = {
	"Hauptstraße", "Schulstraße", "Gartenstraße", "Bahnhofstraße", "Dorfstraße", "Bergstraße",
	"Lindenstraße", "Birkenweg", "Kirchstraße", "Waldstraße", "Ringstraße", "Schillerstraße",
	"Goethestraße", "Jahnstraße", "Wiesenweg", "Mozartstraße", "Amselweg", "Rosenstraße",
	"Mühlenweg", "Feldstraße", "Am Sportplatz", "Buchenweg", "Friedhofstraße", "Erlenweg",
	"Eichendorffstraße", "Zur Alten Ziegelei", "Königsallee", "Marktplatz", "Kastanienallee",
	"Uferpromenade", "Hinter den Höfen", "Kantstraße", "Lessingstraße", "Parkstraße",
	"Sonnenallee", "Tulpenweg", "Ahornweg", "Kranichweg", "Kieselgasse", "Neue Straße",
	"Alte Landstraße", "Brunnengasse", "Burgstraße", "Drosselweg", "Fliederweg", "Hafenstraße",
	"Heideweg", "Im Winkel", "Klosterstraße", "Lerchenweg",
};
const int street_count = COUNT(street_names);

const char *const mail_domains[] = {
	"postfach.example", "post-mail.example", "kiosk-mail.example", "webbrief.example",
	"mailbox.example", "brieftaube.example", "freemail.example", "schneckenpost.example",
};
const int mail_domain_count = COUNT(mail_domains);

const struct message messages[] = {
	{ "tv", "", "Guten Tag, mein neuer Fernseher (%p) zeigt links einen dunklen Streifen. Was "
			"kann ich tun?\n\nViele Grüße\n%n" },
	{ "tv", "", "Hi, does the \"%p\" fit on a 40 cm wide sideboard, or do I need the wall mount?" },
	{ "tv", "", "Ist beim %p eine Garantieverlängerung dabei? Der letzte ging nach 25 Monaten "
			"kaputt, genau einen Monat zu spät ..." },
	{ "audio", "", "Die Soundbar brummt, sobald der Fernseher an ist. Kabel getauscht, Steckdose "
			"getauscht, nichts.\n%n" },
	{ "audio", "", "Can I pair two of these (%p) as stereo speakers?" },
	{ "audio", "", "Kopfhörer: linke Seite tot nach drei Wochen. Reparatur oder Umtausch?" },
	{ "gaming", "", "Is the Pixelfuchs X console in stock in Hamburg? Asking for my son's "
			"birthday, \"urgent\" he says." },
	{ "gaming", "", "Kann ich eine Geschenkkarte auch per E-Mail verschicken, z. B. als PDF?" },
	{ "garden", "", "Mein Mähroboter fährt im Kreis, immer um dieselbe Rose; schön, aber nicht "
			"der Plan.\n\nLG, %n" },
	{ "garden", "", "When do the tulip bulbs ship? The garden waits, and so do I." },
	{ "garden", "", "Passt das Hochbeet auf den Balkon (120 x 80)? Und wie viele Säcke Erde "
			"brauche ich,\n4 oder 5?" },
	{ "fashion", "boho", "Love the boho kimono!! Will it be back in M before festival season?" },
	{ "fashion", "boho", "Hey, das Boho-Kleid ist ein Traum, nur der Reißverschluss klemmt. "
			"Umtausch bitte, am besten vor dem Festival" },
	{ "fashion", "", "Die Stiefel fallen klein aus: bestellt 39, brauche 40. Bitte umtauschen, "
			"danke, %n" },
	{ "fashion", "", "Is the \"%p\" vegan? No leather, no wool, please." },
	{ "books", "", "Guten Tag, haben Sie \"Der Kranichsommer\" auch signiert? Es ist ein Geschenk." },
	{ "books", "", "Seite 117–132 fehlen, und ausgerechnet da passiert der Mord." },
	{ "household", "", "Espresso machine leaks.\r\nSerial number: SK-2231\r\nBought in March." },
	{ "household", "", "Wir ziehen um! Neue Adresse ab 1.: bitte die Lieferung umleiten.\n%n" },
	{ "household", "", "Kann ich die Filterkartuschen im Abo bekommen, alle zwei Monate?" },
	{ "outdoor", "boho", "Tent arrived, two pegs missing; the festival starts on Friday. Help!" },
	{ "outdoor", "", "Ist das Trekkingzelt wirklich dicht? Wir waren in Schottland, und naja." },
	{ "outdoor", "", "Unser Kajak-Urlaub fällt aus, kann ich das %p zurückgeben?" },
	{ "warranty", "", "How do I claim on my care plan? The TV is dead, the number is "
			"\"KC-5-2025\", I think." },
	{ "", "", "Wo bleibt mein Paket? Laut Sendungsverfolgung \"zugestellt\", aber niemand hat "
			"es gesehen, auch die Nachbarn nicht." },
	{ "", "", "Rechnung bitte auf den Mädchennamen, ich habe geheiratet; danke! %n" },
	{ "", "", "This is the third time I ask. I want my money back, now. Lawyer is informed." },
	{ "", "", "Super schnell geliefert, danke an das Team in der Filiale!" },
	{ "", "", "Bitte keine Werbung mehr per Post, E-Mail ist ok.\n\n%n" },
	{ "", "", "We have had a baby (!) and need everything: monitor, bedding, sleep. Discount?" },
	{ "", "", "Mein Gutschein wird nicht angenommen: \"bereits eingelöst\". Stimmt nicht." },
	{ "", "", "Do you deliver to Austria, and what does it cost?" },
};
const int message_count = COUNT(messages);

const struct query queries[] = {
	{ "tv", "", "oled fernseher" },       { "tv", "", "tv 55 zoll" },
	{ "tv", "", "wandhalterung" },        { "tv", "", "beamer" },
	{ "audio", "", "soundbar" },          { "audio", "", "kopfhörer bluetooth" },
	{ "audio", "", "plattenspieler" },    { "audio", "", "wireless speaker" },
	{ "gaming", "", "konsole" },          { "gaming", "", "controller" },
	{ "gaming", "", "geschenkkarte" },    { "garden", "", "mähroboter" },
	{ "garden", "", "hochbeet" },         { "garden", "", "tulpenzwiebeln" },
	{ "garden", "", "rasenmäher akku" },  { "fashion", "boho", "boho kleid" },
	{ "fashion", "boho", "festival outfit" }, { "fashion", "boho", "kimono" },
	{ "fashion", "", "winterjacke" },     { "fashion", "", "wanderschuhe" },
	{ "fashion", "", "leinenhemd" },      { "books", "", "krimi neuerscheinung" },
	{ "books", "", "kochbuch" },          { "books", "", "bilderbuch ab 3" },
	{ "household", "", "saugroboter" },   { "household", "", "espressomaschine" },
	{ "household", "", "umzugskartons" }, { "household", "", "kaffeebohnen" },
	{ "outdoor", "boho", "festival zelt" }, { "outdoor", "", "schlafsack" },
	{ "outdoor", "", "sup board" },       { "outdoor", "", "stirnlampe" },
	{ "warranty", "", "garantieverlängerung" }, { "warranty", "", "care plan" },
};
const int query_count = COUNT(queries);
