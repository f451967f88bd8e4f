# The tools' shared skeleton; each tool's main is added by its room.
libso1_tool_a_SOURCES = cmd/tool.c cmd/tool.h
