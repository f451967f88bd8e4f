/* First names reduced to what must agree: the first word without case, accents and
 * punctuation. "Jörg-Peter" and "JORG" agree, "Bob" and "Robert" do not. */
#ifndef SO1_DEDUPE_FOLD_H
#define SO1_DEDUPE_FOLD_H

#include "base/buffer.h"

/* Appends the folded first word; nothing when it has fewer than two letters (an initial
 * says too little to contradict anybody). Umlauts lose their dots, ß is ss. */
void fold_first_name(struct slice name, struct buffer *out);

#endif
