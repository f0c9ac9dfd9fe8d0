import pytest

from pipeline.local.tryton.sizes import SMALL, Sizes


def test_sizes_survive_their_json():
    assert Sizes.from_json(SMALL.to_json()) == SMALL


def test_the_same_sizes_give_the_same_text_whatever_the_order_of_the_words():
    assert Sizes(parties=20, products=9).to_json() == Sizes(products=9, parties=20).to_json()


def test_documents_may_be_none_at_all():
    assert Sizes(sales_orders=0, customer_invoices=0, supplier_invoices=0, timesheet_lines=0).sales_orders == 0


@pytest.mark.parametrize("field", ["parties", "products", "employees", "projects", "tasks_per_project"])
def test_what_others_refer_to_cannot_be_none(field: str):
    with pytest.raises(ValueError, match=field):
        Sizes(**{field: 0})


def test_a_negative_number_is_refused():
    with pytest.raises(ValueError, match="sales_orders"):
        Sizes(sales_orders=-1)
