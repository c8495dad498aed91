"""Windows of the plugin: thin, the work is done by what Processing calls, too."""
