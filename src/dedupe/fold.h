/* Names and addresses reduced to what must agree: no case, no accents, no punctuation. In names
 * of people and places, streets among them, umlauts spelt without dots are as those that lost
 * them: Mueller, Müller and Muller are muller. */
#ifndef SO1_DEDUPE_FOLD_H
#define SO1_DEDUPE_FOLD_H

#include "base/buffer.h"

/* Appends the folded first word; nothing when it has fewer than two letters (an initial
 * says too little to contradict anybody). Umlauts lose their dots, ß is ss, ł l. "Jörg-Peter"
 * and "JORG" agree, "Bob" and "Robert" do not. */
void fold_first_name(struct slice name, struct buffer *out);

/* The same as all given names: "Anna Maria L." is "anna maria". Initials behind the first
 * word and generations (generation.h) are left out. */
void fold_given_names(struct slice name, struct buffer *out);
/* Appends the initial of the second given name, if there is one. */
void fold_middle_initial(struct slice name, struct buffer *out);
/* The words of a surname without the generation. */
void fold_surname(struct slice name, struct buffer *out);

/* Appends the folded words with single blanks between: letters and digits of any script;
 * apostrophes vanish ("O'Brien" is obrien), everything else parts words. */
void fold_words(struct slice text, struct buffer *out);

/* The same as words of a name. */
void fold_names(struct slice text, struct buffer *out);

/* A street and house number as "words|numbers": words that hold a digit go behind the bar,
 * and common words for a street are brought to one form ("Str." strasse, "Road" rd), so
 * that "12 Main Street" and "Main St. 12" are the same. Nothing where no word is left. */
void fold_street(struct slice text, struct buffer *out);

#endif
