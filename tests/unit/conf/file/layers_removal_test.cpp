// Rows that a later file of a configuration removes.
#include "tests/unit/conf/file/layers.hpp"

namespace fedhub::conf {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST_F(Layers, remove_rows_and_may_add_them_again_later) {
  const auto row = route("a.example", "192.0.2.1");
  const texts_by_name removed{
    {"fedhub.toml", row}, {"fedhub.d/a.toml", route("a.example", "192.0.2.1", "removed = true")}};
  EXPECT_THAT(routes(good(removed)), IsEmpty());
  auto again = removed;
  again.emplace_back("+console.toml", route("a.example", "192.0.2.1", "priority = 4"));
  EXPECT_THAT(routes(good(again)), ElementsAre("a.example 192.0.2.1:5269 4"));
  EXPECT_THAT(routes(good({{"fedhub.toml", row + "removed = false"}})),
              ElementsAre("a.example 192.0.2.1:5269 0"));
}

TEST_F(Layers, keep_the_default_names_of_nodes_when_a_row_is_removed) {
  const auto three =
    component("", "a.example") + component("", "b.example") + component("", "c.example");
  EXPECT_THAT(names(good({{"fedhub.toml", three},
                          {"+console.toml", "[[node]]\nname = 'node-2'\nremoved = true"}})),
              ElementsAre("node-1", "node-3"));
}

TEST_F(Layers, take_back_no_row_that_they_have_themselves) {
  const auto row = route("a.example", "192.0.2.1");
  const auto removal = route("a.example", "192.0.2.1", "removed = true");
  for (const auto& text : {row + removal, removal + row})
    EXPECT_THAT(problems_in({{"fedhub.toml", row}, {"fedhub.d/a.toml", text}}),
                ElementsAre(testing::HasSubstr("a row that the file both has and removes")));
  EXPECT_THAT(problems_in({{"fedhub.toml", row}, {"fedhub.d/a.toml", row + row}}),
              ElementsAre(testing::HasSubstr("which static_route[0] also names")));
  EXPECT_THAT(problems_in({{"fedhub.d/a.toml", row + "removed = 'yes'"}}),
              ElementsAre(testing::HasSubstr("static_route[0].removed: found string \"yes\"")));
  EXPECT_THAT(problems_in({{"fedhub.toml", row},
                           {"fedhub.d/a.toml", "[[static_route]]\nremoved = "
                                               "true"}}),
              ElementsAre(testing::HasSubstr("a row without identity")));
}

TEST_F(Layers, take_back_a_row_by_its_identity_alone) {
  const std::string rows[] = {
    route("a.example", "192.0.2.1", "removed = true\npriority = 3"),
    "[[trust]]\ndomain = 'a.example'\nremoved = true\nzzz = 3\n",
    component("cm-1", "a.example") + "removed = true\n",
  };
  const char* keys[] = {"priority", "zzz", "domains"};
  for (size_t i = 0; i < 3; ++i) {
    const auto expected = ElementsAre(
      testing::HasSubstr("removed: found true together with \"" + std::string{keys[i]} + '"'));
    EXPECT_THAT(problems_in({{"fedhub.d/a.toml", rows[i]}}), expected) << "no earlier file has it";
    EXPECT_THAT(problems_in({{"fedhub.d/a.toml", route("a.example", "192.0.2.1")
                                                   + "[[trust]]\ndomain = 'a.example'\n"
                                                   + component("cm-1", "a.example")},
                             {"fedhub.d/b.toml", rows[i]}}),
                expected);
  }
}

TEST_F(Layers, count_the_faults_between_them) {
  std::string rows;
  for (size_t i = 0; i < layer_sum::most_faults + 50; ++i)
    rows += "[[static_route]]\nremoved = true\n";
  const auto result = load_files({{"fedhub.d/a.toml", rows}});
  EXPECT_EQ(result.problems.size(), most_problems);
  EXPECT_EQ(result.more_problems, layer_sum::most_faults + 50 - most_problems);
}

} // namespace
} // namespace fedhub::conf
