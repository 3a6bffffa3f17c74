"""The check of sizes finds files and classes that are too large, and says what to do."""

import pathlib

import pytest

from sizes import MOST_LINES, MOST_MEMBERS, check, faults_of, members

ROOT = pathlib.Path(__file__).resolve().parents[2]


def test_no_file_and_no_class_of_the_program_is_too_large():
    assert check(ROOT) == []


def test_a_file_may_have_400_lines():
    assert faults_of("actors/net/socket.cpp", "\n" * MOST_LINES) == []
    assert faults_of("actors/net/socket.cpp", "\n" * (MOST_LINES + 1)) == [
        "actors/net/socket.cpp: 401 lines, and 400 are the most: split it by subject"
    ]


def test_a_class_may_have_25_data_members():
    source = "class holder {\npublic:\n  int get() const;\n\nprivate:\n%s};\n"
    row = "  std::map<int, std::function<void(int)>> row%d_;\n"
    assert faults_of("a.hpp", source % "".join(row % i for i in range(MOST_MEMBERS))) == []
    (fault,) = faults_of("a.hpp", source % "".join(row % i for i in range(MOST_MEMBERS + 1)))
    assert fault.startswith("a.hpp: class holder has 26 data members, and 25 are the most: ")


@pytest.mark.parametrize("declaration, names", [
    ("int a_;", ["a_"]),
    ("int a_ = 0; bool b_{};", ["a_", "b_"]),
    ("std::array<int, 4> a_{}; ///< of b_;", ["a_"]),
    ("char text_[12] = {};", ["text_"]),
    ("bool full_ : 1 = false;", ["full_"]),
    ("struct { int inner; bool other = false; } group_;", ["group_"]),
    ("int get() const { return a_; } int a_;", ["a_"]),
    ("void set(int x) { a_ = x; }", []),
    ("void set(int x) { if (x > 0) { a_ = x; } } int a_ = sum({1, 2});", ["a_"]),
    ("static constexpr int most_ = 3;", []),
    ("int plain;", []),
    ("// int a_;\n/* int b_; */ const char* c_ = \"int d_;\";", ["c_"]),
    ("hub& hub_; const bool to_node_; T* next_;", ["hub_", "to_node_", "next_"]),
])  # fmt: skip
def test_data_members_are_distinguished_from_other_declarations(declaration, names):
    assert members("class holder final : public base {\n%s\n};\n" % declaration) == {"holder": names}


def test_structs_and_enums_are_not_counted():
    assert members("struct plain { int a_; };\nenum class kind : uint8_t { a_, b_ };\nclass later;\n") == {}
