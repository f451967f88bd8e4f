# the tools' shared skeleton; each tool's main is added by its room
