"""The check of names finds each `x` that a reader can't see the type of, and leaves the others alone."""

import pathlib

import pytest

from names import check, faults_of

ROOT = pathlib.Path(__file__).resolve().parents[2]


def test_no_x_or_y_of_the_project_is_used_over_more_than_a_line():
    assert check(ROOT) == []


@pytest.mark.parametrize(
    "source, line",
    [
        ("void put(const stanza& x) {\n  count(x);\n  send(x);\n}\n", 1),
        ("\nvoid put(int size, stanza* x) const {\n  if (x)\n    send(x);\n}\n", 2),
        ("void run() {\n  auto x = take();\n  count(x);\n  send(x);\n}\n", 2),
        ("void run() {\n  for (const auto& x : all) {\n    count(x);\n    send(x);\n  }\n}\n", 2),
        ("auto f = [&](const std::vector<int>& y) {\n  count(y);\n  send(y);\n};\n", 1),
        ("void put(\n  const std::map<int, std::string>& x) {\n  count(x);\n  send(x.size());\n}\n", 2),
    ],
)
def test_a_name_of_several_lines_has_to_say_what_the_thing_is(source, line):
    (fault,) = faults_of("actors/net/a.cpp", source)
    assert fault.startswith(f"actors/net/a.cpp:{line}: ") and "give it a name that says what it is" in fault


@pytest.mark.parametrize(
    "source",
    [
        "void put(const stanza& x) { send(x); }\n",
        "void put(const stanza& x) {\n  send(x);\n}\n",
        "void put(const stanza& x);\nvoid get(stanza& x);\n",
        "bool operator==(const stanza& x, const stanza& y) {\n  return x.from == y.from\n    && x.to == y.to;\n}\n",
        "template <class T>\nvoid put(const T& x) {\n  count(x);\n  send(x);\n}\n",
        "void put(const stanza& stanza) {\n  count(stanza.x);\n  send(stanza.x);\n}\n",
        'void put() {\n  log("const auto x = 1");\n  log("x");\n  log("x"); // auto x = 2\n}\n',
        "std::erase_if(all, [](const auto& x) { return x.empty(); });\nsend(x);\nsend(x);\n",
    ],
)
def test_a_name_of_one_line_and_a_generic_one_may_be_x(source):
    assert faults_of("actors/net/a.cpp", source) == []
