/* Asks for memory that will be wanted soon, so that it comes from far away meanwhile. A hint:
 * nothing happens where the address is not valid.
 *
 * Not __builtin_prefetch alone: gcc takes a function that does nothing else for one without
 * effects, and leaves out the calls to it (seen with 12.2). The empty assembly is an effect. */
#ifndef SO1_BASE_PREFETCH_H
#define SO1_BASE_PREFETCH_H

static inline void prefetch_read(const void *p)
{
	__builtin_prefetch(p);
	__asm__ volatile("");
}

static inline void prefetch_write(const void *p)
{
	__builtin_prefetch(p, 1);
	__asm__ volatile("");
}

#endif
