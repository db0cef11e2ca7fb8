"""What every part has from its base."""

import pytest

from tfvae.component import register


def test_two_parts_of_one_name_are_refused():
    # A file holds the name alone, and would be read as the part that was registered last.
    with pytest.raises(ValueError, match=r"registers the name of tfvae\.families\.normal\.Normal"):
        register(type("Normal", (), {}))
