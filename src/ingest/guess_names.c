#include "ingest/guess_names.h"

#include "ingest/text.h"

/* Synonyms of a meaning, best first, parted by "|". German ones stand behind the "@". */
static const char *const synonyms[GUESS_MEANINGS] = {
	[T_SOURCE_ID] = "customer id|customer no|customer number|customer nr|customerid|client id|"
		"user id|userid|subscriber id|member id|contact id|person id|account id|master id|"
		"ticket|ticket id|rec id|record id|customer|visitor id|id@"
		"kundennr|kundennummer|kunden nr|kunden id|kundenid|debitor|debitorennr|"
		"mitgliedsnummer|kunde",
	[T_EMAIL] = "email|e mail|email address|mail|mail address|login|user email|contact email@"
		"e mail adresse|emailadresse|mailadresse|email adresse",
	[T_PHONE] = "mobile|mobile phone|mobile number|cell|cell phone|phone|phone number|"
		"telephone|tel|contact phone@"
		"mobil|handy|mobilnummer|handynummer|mobiltelefon|telefon|telefonnummer|rufnummer|"
		"festnetz|telefon privat",
	[T_SOCIAL] = "social|handle|social handle|twitter|twitter handle|instagram|screen name@",
	[T_LOYALTY_ID] = "loyalty id|loyalty card|loyalty number|loyalty no|loyalty|card number|"
		"card no|membership card|bonus card@"
		"kundenkarte|kundenkartennummer|kundenkartennr|kartennummer|bonuskarte|payback|karte",
	[T_DEVICE_ID] = "device id|device|cookie id|cookie|anonymous id|visitor id|session id|"
		"fingerprint@gerat|gerate id",
	[T_FIRST_NAME] = "first name|firstname|given name|forename|fname|name first|first@vorname|rufname",
	[T_LAST_NAME] = "last name|lastname|surname|family name|lname|name last|last@"
		"nachname|familienname|zuname",
	[T_BIRTH_DATE] = "birth date|birthdate|date of birth|dob|birthday@"
		"geburtsdatum|geburtstag|geb datum|geboren|geb dat",
	[T_GENDER] = "gender|sex|salutation@geschlecht|anrede",
	[T_STREET] = "street|street address|address|address 1|address line 1|addr line1|addr full@"
		"strasse|strasse hausnummer|strasse nr|str|anschrift|adresse",
	[T_CITY] = "city|town|addr city|suburb|locality@ort|stadt|wohnort",
	[T_POSTCODE] = "postcode|postal code|post code|zip|zip code|zipcode|addr postal code@"
		"plz|postleitzahl",
	[T_COUNTRY] = "country|country code|nation|addr country@land|landercode|landerkurzel|staat",
	[T_LANGUAGE] = "language|lang|locale@sprache",
	[T_OPTIN_EMAIL] = "optin email|email optin|newsletter|email consent|newsletter optin|"
		"accepts email marketing|accepts marketing|marketing consent|subscribed|opt in|optin|"
		"consent@werbung e mail|werbung email|einwilligung email|e mail einwilligung|"
		"werbeeinwilligung|newsletter einwilligung",
	[T_OPTIN_SMS] = "optin sms|sms optin|sms consent|accepts sms marketing@werbung sms",
	[T_OPTIN_PHONE] = "optin phone|phone optin|phone consent@"
		"werbung telefon|telefonwerbung|einwilligung telefon",
	[T_OPTIN_POST] = "optin post|post optin|postal consent|direct mail@"
		"werbung post|postwerbung|einwilligung post",
	[T_TS] = "ts|timestamp|event time|ordered at|order date|invoice date|purchase date|"
		"transaction date|created at|created|created on|occurred at|sent at|date time|"
		"datetime|time|date|at|processed at|updated at|updated|modified|last modified@"
		"bestelldatum|kaufdatum|rechnungsdatum|zeitstempel|zeitpunkt|zeit|datum|erstellt|"
		"erstellt am|anderungsdatum|geandert|geandert am",
	[T_EVENT] = "event|event name|event type|action|activity|event action|type@"
		"ereignis|aktion|vorgang|typ",
	[T_CHANNEL] = "channel|sales channel|medium|platform|client@kanal|vertriebskanal|vertriebsweg",
	[T_ORDER_ID] = "order id|order no|order number|order nr|orderid|invoice|invoice no|"
		"invoice number|transaction id|receipt|receipt no|order@"
		"bestellnummer|bestellnr|bestell nr|auftragsnummer|auftragsnr|rechnungsnummer|"
		"rechnungsnr|belegnummer|belegnr|bonnummer",
	[T_SKU] = "sku|product sku|lineitem sku|variant sku|article no|article number|article|"
		"stock code|stockcode|item id|item no|product id|productid|item|ean|gtin|asin@"
		"artikelnummer|artikelnr|artikel nr|produkt id|produktnummer|artikel",
	[T_CATEGORY] = "category|product category|product group|product type|department@"
		"kategorie|warengruppe|produktgruppe|sortiment|rubrik",
	[T_BRAND] = "brand|manufacturer|vendor@marke|hersteller",
	[T_QTY] = "qty|quantity|lineitem quantity|units|pieces|count|number of cds@"
		"menge|anzahl|stuck|stuckzahl",
	[T_AMOUNT] = "line total|line amount|amount|total|total price|order value|revenue|net amount|"
		"gross amount|value|dollar value|spend@"
		"zeilensumme|positionswert|betrag|gesamtbetrag|gesamt|summe|bestellwert|umsatz|"
		"warenwert",
	[T_CURRENCY] = "currency|currency code@wahrung",
	[T_OFFER_ID] = "offer id|offer|coupon|coupon code|voucher|voucher code|promo code|"
		"discount code|campaign id|campaign@gutschein|gutscheincode|aktionscode|rabattcode|"
		"kampagne",
	[MEANS_FULL_NAME] = "name|full name|fullname|customer name|contact name|primary name full@"
		"kundenname|vollstandiger name",
	[MEANS_UNIT_PRICE] = "unit price|price|unit cost|lineitem price|item price@"
		"einzelpreis|stuckpreis|preis",
	[MEANS_TEXT] = "text|message|body|comment|query|search query|search term|subject|description|"
		"product name|product|note@"
		"nachricht|kommentar|suchbegriff|suche|betreff|beschreibung|bemerkung|notiz",
	[MEANS_HOUSE_NUMBER] = "house number|house no|street number@hausnummer|hausnr|hnr",
};

static const struct {
	const char *event, *names;
} events[] = {
	{"contact", "contact|kontakt|profile update|profile updated"},
	{"view", "view|product view|page view|pageview|view item|view product|product viewed|"
		 "viewed product|detail view|impression|artikelansicht|seitenaufruf"},
	{"search", "search|site search|searched|view search results|suche"},
	{"cart", "cart|add to cart|added to cart|add to basket|basket|product added|warenkorb|"
		 "in den warenkorb"},
	{"purchase", "purchase|purchased|sale|order|ordered|order placed|placed order|"
		     "order completed|checkout completed|buy|bought|transaction|invoice|bestellung|"
		     "kauf|verkauf|rechnung"},
	{"return", "return|returned|refund|refunded|cancellation|cancelled|canceled|credit note|"
		   "retoure|ruckgabe|storno|gutschrift"},
	{"visit", "visit|session start|session|session begin|app open|login|besuch|sitzung"},
	{"chat", "chat|message|conversation|ticket|nachricht|anfrage"},
	{"send", "send|sent|delivered|email sent|versendet|gesendet|versand|zugestellt"},
	{"open", "open|opened|email opened|geoffnet|offnung"},
	{"click", "click|clicked|email clicked|geklickt|klick"},
	{"redeem", "redeem|redeemed|coupon redeemed|eingelost|einlosung"},
	{"optin", "optin|opt in|subscribe|subscribed|signup|sign up|signed up|confirmed|angemeldet|"
		  "anmeldung|abonniert"},
	{"optout", "optout|opt out|unsubscribe|unsubscribed|complaint|complained|spam complaint|"
		   "abgemeldet|abmeldung"},
	{"erase", "erase|erased|delete|deleted|gdpr delete|geloscht|loschung"},
};

struct slice guess_key(struct slice name, struct arena *a)
{
	char *parted = arena_bytes(a, 2 * name.len + 1);
	size_t n = 0;

	for (size_t i = 0; i < name.len; i++) {
		char c = name.ptr[i];
		bool upper = c >= 'A' && c <= 'Z';
		if (upper && i > 0 && name.ptr[i - 1] >= 'a' && name.ptr[i - 1] <= 'z')
			parted[n++] = ' ';
		parted[n++] = c;
	}
	return text_key(slice_make(parted, n), a);
}

int guess_score(struct slice key, int meaning, bool *german)
{
	enum { BEST = 1000 };
	struct slice languages = slice_of(synonyms[meaning]), list, item;
	int score = BEST;

	for (bool second = false; slice_split(&languages, '@', &list); second = true) {
		while (slice_split(&list, '|', &item)) {
			if (item.len > 0 && slice_equal(item, key)) {
				if (german)
					*german = second;
				return score;
			}
			score--;
		}
		score = BEST;
	}
	return 0;
}

const char *guess_event(struct slice name, struct arena *a)
{
	struct slice key = guess_key(name, a);

	for (size_t i = 0; i < sizeof events / sizeof *events; i++) {
		struct slice rest = slice_of(events[i].names), item;
		while (slice_split(&rest, '|', &item))
			if (slice_equal(item, key))
				return events[i].event;
	}
	return NULL;
}
