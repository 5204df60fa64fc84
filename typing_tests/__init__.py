"""What type checkers say of advthumb's public names. Checked by mypy and pyright, never run.

It is a project of its own: `settings` names the app in `models`. Each `# type: ignore` marks an error that
both checkers have to report, because both complain about an ignore that they do not need.
"""
