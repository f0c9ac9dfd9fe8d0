from pipeline.local.tryton.inside import words


def test_family_names_differ_up_to_their_bound():
    assert len({words.surname(index) for index in range(240)}) == 240


def test_persons_differ_up_to_their_bound():
    assert len({words.person(index) for index in range(5520)}) == 5520


def test_companies_differ_beyond_the_first_round():
    assert len({words.company(index) for index in range(3 * words.COMPANY_NAMES)}) == 3 * words.COMPANY_NAMES


def test_a_domain_is_plain_and_under_the_reserved_top_level():
    assert words.domain("Åse Høydal Rør AS") == "ase-hoydal-ror-as.example"


def test_organisation_numbers_are_valid_and_different():
    numbers = [words.org_number(index) for index in range(3000)]
    assert len(set(numbers)) == 3000
    for number in numbers:
        assert (
            sum(weight * int(digit) for weight, digit in zip((3, 2, 7, 6, 5, 4, 3, 2, 1), number, strict=True)) % 11
            == 0
        )


def test_telephone_numbers_begin_with_zero_which_no_exchange_gives_out():
    assert {words.phone(index)[:6] for index in range(500)} == {"+47 00"}
