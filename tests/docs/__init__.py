"""The documentation: its code blocks run, its links work, and the generated parts are up to date."""

import pytest

# So that a failure shows what was compared.
pytest.register_assert_rewrite(
    f"{__name__}.python_blocks", f"{__name__}.shell_blocks", f"{__name__}.template_blocks"
)
