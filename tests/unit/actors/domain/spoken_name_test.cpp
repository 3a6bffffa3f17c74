#include "actors/domain/spoken_name.hpp"

#include <gtest/gtest.h>

#include "tests/unit/actors/stanzas/stanza_scene.hpp"

namespace fedhub {
namespace {

using told = name_forms::told;

/// Returns the forms of a name in the order in which they are tried at servers that know none.
std::vector<std::string> order(spoken_name& name, bool transitional) {
  std::vector<std::string> out{name.spoken().wire()};
  while (const auto form = name.next(transitional)) {
    name.speak(*form);
    out.push_back(name.spoken().wire());
    if (out.size() > 9)
      break;
  }
  return out;
}

TEST(SpokenName, is_told_in_each_form_once) {
  using forms = std::vector<std::string>;
  const struct {
    const char* name;
    bool transitional;
    forms order;
  } table[] = {
    {"partner.example", false, {"partner.example"}},
    {"münchen.example", false, {"münchen.example", "xn--mnchen-3ya.example"}},
    {"straße.example", false, {"straße.example", "xn--strae-oqa.example"}},
    {"straße.example", true, {"straße.example", "xn--strae-oqa.example", "strasse.example"}},
  };
  for (const auto& row : table) {
    spoken_name name{test::domain(row.name)};
    EXPECT_TRUE(name.own()) << row.name;
    EXPECT_EQ(order(name, row.transitional), row.order) << row.name;
    EXPECT_EQ(name.own(), !row.transitional) << row.name;
    EXPECT_EQ(name.target(), test::domain(row.name)) << row.name;
  }
}

TEST(SpokenName, is_again_as_usual) {
  for (const auto form : {told::as_usual, told::in_ascii, told::transitional}) {
    spoken_name name{test::domain("straße.example")};
    name.speak(form);
    name.speak(told::as_usual);
    EXPECT_TRUE(name.own());
    EXPECT_EQ(name.spoken().wire(), "straße.example");
    EXPECT_EQ(name.target().wire(), "straße.example");
  }
}

TEST(SpokenName, takes_u_labels_from_a_name_in_ascii) {
  const spoken_name name{test::domain("straße.example").in_ascii()};
  EXPECT_EQ(name.target().wire(), "straße.example");
}

} // namespace
} // namespace fedhub
