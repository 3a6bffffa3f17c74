#include "actors/domain/name_in_use.hpp"

#include <gtest/gtest.h>

#include "tests/unit/actors/stanzas/stanza_scene.hpp"

namespace fedhub {
namespace {

using server_form = name_forms::server_form;

/// Returns the forms of a name in the order in which they are tried at servers that know none.
std::vector<std::string> order(name_in_use& name, bool transitional) {
  std::vector<std::string> out{name.in_use().wire()};
  while (const auto form = name.next(transitional)) {
    name.use(*form);
    out.push_back(name.in_use().wire());
    if (out.size() > 9)
      break;
  }
  return out;
}

TEST(NameInUse, takes_each_form_once) {
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
    name_in_use name{test::domain(row.name)};
    EXPECT_TRUE(name.own()) << row.name;
    EXPECT_EQ(order(name, row.transitional), row.order) << row.name;
    EXPECT_EQ(name.own(), !row.transitional) << row.name;
    EXPECT_EQ(name.target(), test::domain(row.name)) << row.name;
  }
}

TEST(NameInUse, is_again_as_usual) {
  for (const auto form :
       {server_form::as_usual, server_form::in_ascii, server_form::transitional}) {
    name_in_use name{test::domain("straße.example")};
    name.use(form);
    name.use(server_form::as_usual);
    EXPECT_TRUE(name.own());
    EXPECT_EQ(name.in_use().wire(), "straße.example");
    EXPECT_EQ(name.target().wire(), "straße.example");
  }
}

TEST(NameInUse, takes_u_labels_from_a_name_in_ascii) {
  const name_in_use name{test::domain("straße.example").in_ascii()};
  EXPECT_EQ(name.target().wire(), "straße.example");
}

} // namespace
} // namespace fedhub
