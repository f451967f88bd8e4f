/* The kernels OpenBLAS multiplies matrices with. */
#ifndef SO1_PREDICT_KERNELS_H
#define SO1_PREDICT_KERNELS_H

/* OpenBLAS goes by the model number of the processor, and takes the kernels of 2004 for one that
 * is younger than itself (Debian 12's 0.3.21 on a Xeon of 2023: EASE of 6,000 items takes 17 s
 * instead of 5). Where it did so, and the processor can do better, this starts the program anew
 * with OPENBLAS_CORETYPE in its environment, which is the only way to choose; when that variable
 * is set already, or it cannot be done, it returns. Same numbers to the digits that models have.
 * To be called before anything is read or written, or a thread started. */
void kernels_choose(void);

#endif
