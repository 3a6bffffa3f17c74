"""The comparison of tests finds each that is gone, whatever its file, and follows those that have another name."""

from same_tests import gone, names_in, renamed


def test_names_come_from_both_languages():
    assert names_in("a_test.cpp", "TEST(Jid, parses) {}\nTEST_F(Domain,\n       ends) {}\n") == ["Jid.parses", "Domain.ends"]
    assert names_in("test_a.py", "def test_one():\n    pass\n\nclass Case:\n    def test_two(self):\n") == ["test_one", "test_two"]


def test_a_test_that_is_gone_is_named():
    assert gone(["A.one", "A.two"], ["A.two"], {}) == ["A.one"]


def test_two_tests_of_one_name_are_two():
    assert gone(["test_one", "test_one"], ["test_one"], {}) == ["test_one"]


def test_another_name_is_followed_over_several_steps():
    new_names = renamed("A.one\tB.one\nB.one\tB.uno\na/test_x.py::test_old\ta/test_y.py::test_new\n")
    assert gone(["A.one", "test_old"], ["B.uno", "test_new"], new_names) == []
    assert gone(["A.one"], ["A.two"], new_names) == ["A.one"]
