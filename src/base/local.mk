# src/base
libso1_a_SOURCES += \
	src/base/buffer.c src/base/buffer.h \
	src/base/error.c src/base/error.h \
	src/base/memory.c src/base/memory.h \
	src/base/options.c src/base/options.h \
	src/base/slice.c src/base/slice.h \
	src/base/table.c src/base/table.h
