#include "export/special.h"

#include "stream/cells.h"

enum { WORD_LONGEST = 48 }; /* longer ones are none of ours */

static const struct {
	const char *category;
	const char *words; /* blanks between, small letters, umlauts written out */
} lists[] = {
	{"health",
	 "health medical medicine medication medications diagnosis diagnoses disease diseases "
	 "illness illnesses sickness disability disabilities disabled handicap pregnant pregnancy "
	 "allergy allergies patient therapy blood hiv aids diabetes cancer depression addiction "
	 "gesundheit gesundheitszustand gesundheitsdaten krankheit krankheiten krank erkrankung "
	 "erkrankungen diagnose diagnosen behinderung behinderungen behindert schwerbehindert "
	 "schwerbehinderung schwanger schwangerschaft allergie allergien patientin medikament "
	 "medikamente medizinisch therapie blutgruppe sucht pflegegrad krebs"},
	{"politics",
	 "politics political politically politic partisan voter voting "
	 "politik politisch politische politischer partei parteien parteizugehoerigkeit "
	 "parteimitglied parteimitgliedschaft waehler weltanschauung gesinnung"},
	{"religion",
	 "religion religions religious religiosity faith church denomination creed belief beliefs "
	 "religioes religioese religionszugehoerigkeit konfession konfessionen glaube glauben "
	 "kirche kirchensteuer kirchenmitglied kirchenzugehoerigkeit christian muslim jewish hindu "
	 "buddhist islam judaism catholic protestant katholisch evangelisch muslimisch juedisch"},
	{"orientation",
	 "orientation sexuality sexual lgbt lgbtq lgbtqi queer gay lesbian homosexual "
	 "heterosexual bisexual transgender orientierung sexualitaet sexuell sexuelle sexualleben "
	 "schwul lesbisch homosexuell heterosexuell bisexuell"},
	{"ethnicity",
	 "ethnicity ethnicities ethnic race racial ethnie ethnien ethnisch ethnische "
	 "ethnizitaet rasse hautfarbe migrationshintergrund"},
	{"union",
	 "union unions unionized unionised gewerkschaft gewerkschaften gewerkschaftlich "
	 "gewerkschaftsmitglied gewerkschaftsmitgliedschaft gewerkschaftszugehoerigkeit"},
	{"genetics",
	 "genetic genetics genome dna biometric biometrics genetisch genetik biometrie "
	 "biometrisch"},
};

static bool list_has_word(const char *words, struct slice word)
{
	struct slice rest = slice_of(words), item;

	while (slice_split(&rest, ' ', &item))
		if (slice_equal(item, word))
			return true;
	return false;
}

static const char *category_of(struct slice word)
{
	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
		if (word.len && list_has_word(lists[i].words, word))
			return lists[i].category;
	return NULL;
}

/* "ö" and "Ö" as oe; the empty text for what is none of the German letters. */
static const char *german_letter(const char *two_bytes)
{
	static const char *const letters[][2] = {
		{"ä", "ae"}, {"Ä", "ae"}, {"ö", "oe"}, {"Ö", "oe"}, {"ü", "ue"}, {"Ü", "ue"},
		{"ß", "ss"},
	};

	for (size_t i = 0; i < sizeof letters / sizeof *letters; i++)
		if (memcmp(two_bytes, letters[i][0], 2) == 0)
			return letters[i][1];
	return "";
}

/* The next word of *rest in small letters into `word`; false at the end. */
static bool next_word(struct slice *rest, char word[WORD_LONGEST], size_t *len)
{
	bool small = false;
	size_t i = 0;

	*len = 0;
	for (; i < rest->len; i++) {
		char c = rest->ptr[i];
		const char *german = i + 1 < rest->len && (unsigned char)c >= 0x80
					     ? german_letter(rest->ptr + i) : "";
		bool big = c >= 'A' && c <= 'Z';
		bool letter = big || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
			      (unsigned char)c >= 0x80;
		if (!letter && *len == 0)
			continue;
		if (!letter || (big && small))
			break;
		small = !big;
		char plain[2] = {big ? (char)(c + 32) : c, '\0'};
		for (const char *from = *german ? german : plain; *from; from++, ++*len)
			if (*len < WORD_LONGEST)
				word[*len] = *from;
		i += *german != '\0';
	}
	*rest = slice_make(rest->ptr + i, rest->len - i);
	return *len > 0;
}

const char *special_category(struct slice name)
{
	char word[WORD_LONGEST];
	size_t len;

	while (next_word(&name, word, &len)) {
		const char *category = len <= WORD_LONGEST ? category_of(slice_make(word, len))
							   : NULL;
		if (category)
			return category;
	}
	return NULL;
}

enum so1_status special_check(const struct layout *l, struct so1_error *e)
{
	for (size_t i = 0; i < l->person_count; i++) {
		const struct layout_column *c = &l->columns[i];
		const char *category = special_category(slice_of(c->attribute ? c->attribute
									       : c->name));
		if (category == NULL)
			continue;
		error_set(e, SO1_USAGE, "special category of personal data (%s): needs "
			  "--allow-special", category);
		error_value(e, slice_of(c->name));
		return error_at(e, NULL, 0, "--columns");
	}
	return SO1_OK;
}

bool special_find_key(struct slice cell, struct arena *a, struct slice *key,
		      const char **category)
{
	struct slice rest = cell, value;

	while (cell_next(&rest, key, &value, a)) {
		*category = special_category(*key);
		if (*category)
			return true;
	}
	return false;
}
