"""The subcommands of `labbench`, one module a group. Heavy imports are inside functions: `--help` is at once."""
