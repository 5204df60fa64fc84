"""The pages of docs/coming-from are complete and their changes fit; this needs none of the packages.

`test_recipes.py` carries out the steps.
"""

import re

import pytest

from tests.coming_from.recipes import PAGES, change, read

PEERS = sorted(page.stem for page in PAGES.glob("*.md") if page.stem != "index")


def test_there_is_a_page_about_each_peer_and_the_index_links_it():
    assert len(PEERS) == 6
    index = (PAGES / "index.md").read_text()
    assert set(re.findall(r"\(([\w-]+)\.md\)", index)) == set(PEERS)


@pytest.mark.parametrize("peer", PEERS)
def test_a_page_has_a_table_the_differences_and_a_recipe(peer):
    text = (PAGES / f"{peer}.md").read_text()
    headings = re.findall(r"^## (.+)$", text, re.MULTILINE)
    assert headings == ["What you have, what you write", "What is different", "Moving a site"]
    rows = re.findall(r"^\| .+ \| .+ \|$", text, re.MULTILINE)
    assert len(rows) > 10
    assert all(len(re.findall(r"(?<!\\)\|", row)) == 3 for row in rows), "a | in a cell needs a backslash"


@pytest.mark.parametrize("peer", PEERS)
def test_each_code_block_has_a_mark_that_the_recipe_test_recognises(peer):
    text = (PAGES / f"{peer}.md").read_text()
    recipe = read(peer)
    blocks = len(re.findall(r"^```\w+$", text, re.MULTILINE))
    assert blocks == len(recipe.site) + sum(len(step.actions) for step in recipe.steps)
    assert {path for path in recipe.site if path.startswith("shop/")} == {
        "shop/models.py",
        "shop/templates/shop/products.html",
    }


@pytest.mark.parametrize("peer", PEERS)
def test_the_peers_thumbnails_are_deleted_only_after_ours_are_made_and_shown(peer):
    steps = read(peer).steps
    assert [step.number for step in steps] == [1, 2, 3, 4, 5]
    done = ["".join(f"{action.what}\n{action.text}" for action in step.actions) for step in steps]
    assert "makemigrations" in done[0]
    assert "generate_thumbnails" in done[1]
    assert "change shop/templates" in done[2]
    assert re.search(r"delete|rm -r|clear", done[3] + done[4])
    assert not re.search(r"delete|rm -r|clear|uninstall", "".join(done[:3]))


@pytest.mark.parametrize("peer", PEERS)
def test_the_changes_of_a_page_fit_the_files_of_its_site(peer):
    recipe = read(peer)
    files = dict(recipe.site)
    for step in recipe.steps:
        for action in step.actions:
            if action.path in files:
                files[action.path] = change(files[action.path], action.text)
    assert "advthumb" in files["config/settings.py"]
    compile(files["shop/models.py"], "models.py", "exec")
    shown = files["shop/templates/shop/products.html"]
    assert "product.small.url" in shown or "{% picture product.picture " in shown


def test_a_change_is_made_in_the_one_place_where_it_fits():
    assert change("a\nb\nc\n", " a\n-b\n+B\n") == "a\nB\nc\n"
    assert change("a\nb\nc\n", "-a\n\n-c\n+C\n") == "b\nC\n"


@pytest.mark.parametrize("text", ["a\nx\n", "a\nb\na\nb\n", "xa\nb\n"])
def test_a_change_that_fits_nowhere_or_in_two_places_is_refused(text):
    with pytest.raises(ValueError, match="places instead of one"):
        change(text, " a\n-b\n")
