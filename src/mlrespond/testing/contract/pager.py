"""What every pager must do. Subclass, and define `pager`, `pages` and `acknowledge`.

`pages()` lists the texts that people got; `acknowledge(key, by)` is somebody taking a page.
"""

from __future__ import annotations

from collections.abc import Callable

from mlrespond.ports.service import Pager

KEY = "INC-1:escalation:0"


class PagerContract:
    """A key pages once, and whoever took it is known."""

    def test_a_page_arrives(self, pager: Pager, pages: Callable[[], list[str]]) -> None:
        receipt = pager.page(KEY, "payments-oncall", "fraud-scorer blocks all ☂")

        assert receipt
        assert pages() == ["fraud-scorer blocks all ☂"]

    def test_the_same_key_pages_once(self, pager: Pager, pages: Callable[[], list[str]]) -> None:
        first = pager.page(KEY, "payments-oncall", "help")
        again = pager.page(KEY, "payments-oncall", "help")

        assert first == again
        assert pages() == ["help"]

    def test_another_key_pages_again(self, pager: Pager, pages: Callable[[], list[str]]) -> None:
        pager.page(KEY, "payments-oncall", "help")
        pager.page("INC-1:escalation:1", "lead", "help, please")

        assert pages() == ["help", "help, please"]

    def test_nobody_took_it_until_somebody_did(
        self, pager: Pager, acknowledge: Callable[[str, str], None]
    ) -> None:
        pager.page(KEY, "payments-oncall", "help")
        assert pager.acknowledged(KEY) is None

        acknowledge(KEY, "ana")

        taken = pager.acknowledged(KEY)
        assert taken is not None
        assert taken.by == "ana"
        assert taken.at.tzinfo is not None

    def test_taking_one_page_takes_no_other(
        self, pager: Pager, acknowledge: Callable[[str, str], None]
    ) -> None:
        pager.page(KEY, "payments-oncall", "help")
        pager.page("other", "payments-oncall", "help")

        acknowledge("other", "ana")

        assert pager.acknowledged(KEY) is None

    def test_a_page_that_was_taken_here_is_taken_there(self, pager: Pager) -> None:
        pager.page(KEY, "payments-oncall", "help")

        pager.acknowledge(KEY, "ana")
        pager.acknowledge(KEY, "ana")

        assert pager.acknowledged(KEY) is not None

    def test_a_page_that_never_was_is_taken_by_nobody(self, pager: Pager) -> None:
        assert pager.acknowledged(KEY) is None

    def test_resolving_pages_nobody(self, pager: Pager, pages: Callable[[], list[str]]) -> None:
        pager.page(KEY, "payments-oncall", "help")

        pager.resolve(KEY)
        pager.resolve(KEY)

        assert len(pages()) <= 1  # a pager may take back what is over
