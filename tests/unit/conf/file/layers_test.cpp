// Configurations of several files.
#include "tests/unit/conf/file/layers.hpp"

#include <chrono>

#include "conf/file/layer_files.hpp"

namespace fedhub::conf {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

TEST_F(Layers, win_in_their_order) {
  const std::string names[] = {"fedhub.toml", "fedhub.d/10-a.toml", "fedhub.d/9-b.toml",
                               "+estate.toml", "+console.toml"};
  texts_by_name files;
  for (uint64_t depth = 10; const auto& name : names) {
    files.emplace_back(name, "[limits]\nstanza_depth = " + std::to_string(depth));
    EXPECT_EQ(good(files).limits.stanza_depth, depth) << name;
    ++depth;
  }
}

TEST_F(Layers, are_looked_for_beside_the_file_by_its_stem) {
  std::filesystem::create_directories(folder() / "hub.d");
  write("hub.d/a.toml", "hub.name = 'extra'");
  write("hub.toml", "");
  EXPECT_EQ(load_file(folder() / "hub.toml").value->hub.name, "extra");
  EXPECT_EQ(extra_folder_of("/etc/fedhub/fedhub.toml"), "/etc/fedhub/fedhub.d");
}

TEST_F(Layers, take_only_visible_files_that_end_in_toml) {
  EXPECT_EQ(good({{"fedhub.d/a.toml~", "x"}, {"fedhub.d/.b.toml", "x"}, {"fedhub.d/README", "x"}}),
            good({}));
}

TEST_F(Layers, merge_tables_key_by_key) {
  const auto config = good({{"fedhub.toml", "[limits]\nstanza_depth = 5\nconnections = 6\n"
                                            "[log.modules]\na = 'debug'\nb = 'debug'"},
                            {"fedhub.d/a.toml", "limits.connections = 7\n"
                                                "log.modules = { b = 'error', c = 'warn' }"}});
  EXPECT_EQ(config.limits.stanza_depth, 5);
  EXPECT_EQ(config.limits.connections, 7);
  EXPECT_EQ(config.log.modules,
            (std::map<std::string, log_level>{
              {"a", log_level::debug}, {"b", log_level::error}, {"c", log_level::warn}}));
}

TEST_F(Layers, replace_plain_arrays_whole) {
  const auto config = good({{"fedhub.toml", "federation.allow = ['a.example', 'b.example']"},
                            {"+console.toml", "federation.allow = ['c.example']"}});
  EXPECT_THAT(texts(config.federation.allow), ElementsAre("c.example"));
}

TEST_F(Layers, add_rows_up_and_replace_those_of_the_same_identity_in_their_place) {
  const auto config =
    good({{"fedhub.toml", route("a.example", "192.0.2.1") + route("b.example", "192.0.2.1")},
          {"fedhub.d/a.toml", route("c.example", "192.0.2.1", "priority = 3")},
          {"+console.toml", route("A.example", "192.0.2.1:5269", "priority = 9")
                              + route("a.example", "192.0.2.2")}});
  EXPECT_THAT(routes(config),
              ElementsAre("a.example 192.0.2.1:5269 9", "b.example 192.0.2.1:5269 0",
                          "c.example 192.0.2.1:5269 3", "a.example 192.0.2.2:5269 0"));
}

/// One array of tables: a row, a row of the same identity as another file may write it, and a row
/// of another identity.
struct identity_case {
  std::string array;
  std::string row;
  std::string same;
  std::string other;
  std::string identity; ///< the keys of the identity of `same` alone.
};

TEST_F(Layers, compare_identities_after_normalisation) {
  write("k.pem", "x");
  const auto certificate = [&](const std::string& chain) {
    return "[[tls.certificate]]\nchain_file = '" + chain + "'\nkey_file = '"
           + (folder() / "k.pem").string() + "'\n";
  };
  const auto trust = [](const std::string& domain) {
    return "[[trust]]\ndomain = '" + domain + "'\n";
  };
  write("c.pem", "x");
  write("d.pem", "x");
  const identity_case cases[] = {
    {"static_route", route("bücher.example", "[2001:db8::1]"),
     route("xn--bcher-kva.example", "[2001:db8:0::1]:5269"),
     route("bücher.example", "[2001:db8::1]:5270"),
     route("xn--bcher-kva.example", "[2001:db8:0::1]:5269")},
    {"trust", trust("*.Partner.example"), trust("*.partner.example"), trust("partner.example"),
     trust("*.partner.example")},
    {"node", component("a", "x.example"), component("a", "y.example"), component("A", "z.example"),
     "[[node]]\nname = 'a'\n"},
    {"tls.certificate", certificate("c.pem"), certificate("../c.pem"), certificate("../d.pem"),
     "[[tls.certificate]]\nchain_file = '../c.pem'\n"},
  };
  const auto count = [](const config& config, const std::string& array) {
    return array == "static_route" ? config.static_routes.size()
           : array == "trust"      ? config.trust.size()
           : array == "node"       ? config.nodes.size()
                                   : config.tls.certificates.size();
  };
  for (const auto& each : cases) {
    SCOPED_TRACE(each.array);
    const auto same = good({{"fedhub.toml", each.row}, {"fedhub.d/a.toml", each.same}});
    EXPECT_EQ(count(same, each.array), 1);
    const auto other = good({{"fedhub.toml", each.row}, {"fedhub.d/a.toml", each.other}});
    EXPECT_EQ(count(other, each.array), 2);
    const auto gone =
      good({{"fedhub.toml", each.row}, {"fedhub.d/a.toml", each.identity + "removed = true\n"}});
    EXPECT_EQ(count(gone, each.array), 0);
  }
}

TEST_F(Layers, require_names_outside_the_first_file) {
  EXPECT_THAT(problems_in({{"fedhub.d/a.toml", "\n" + component("", "a.example")}}),
              ElementsAre("fedhub.d/a.toml:2: node[0].name: found nothing; allowed a name, which "
                          "is required outside the first file"));
}

TEST_F(Layers, resolve_paths_against_the_folder_of_their_file) {
  write("ca.pem", "x");
  write("fedhub.toml", "");
  std::filesystem::create_directories(folder() / "fedhub.d");
  write("fedhub.d/crl.pem", "x");
  write("fedhub.d/secret", "x");
  write("fedhub.d/a.toml", "[tls]\ncrl_files = ['crl.pem']\nca_file = '../ca.pem'\n[admin]\nsocket "
                           "= 'a.sock'\n[federation]\ndialback_secret_file = 'secret'\n"
                           "[hub]\nstate_dir = 'here'");
  const auto result = load_file(folder() / "fedhub.toml");
  ASSERT_TRUE(result) << to_string(result.problems.at(0));
  EXPECT_EQ(result.value->tls.ca_file, folder() / "ca.pem");
  EXPECT_THAT(result.value->tls.crl_files, ElementsAre(folder() / "fedhub.d/crl.pem"));
  EXPECT_EQ(result.value->admin.socket, folder() / "fedhub.d/a.sock");
  EXPECT_EQ(result.value->hub.state_dir, folder() / "fedhub.d/here");
  EXPECT_THAT(result.secret_files, ElementsAre(folder() / "fedhub.d/secret"));
  EXPECT_THAT(result.files, Contains(folder() / "fedhub.d/here/layers/console.toml"));
}

TEST_F(Layers, name_the_file_of_each_problem) {
  EXPECT_THAT(
    problems_in({{"fedhub.toml", "[limits]\nstanza_depth = 1\n"},
                 {"fedhub.d/a.toml", "\n\n" + route("a..example", "192.0.2.1") + "zzz = 1"},
                 {"+console.toml", "limits.connections = 'many'"}}),
    ElementsAre(
      "fedhub.toml:2: limits.stanza_depth: found 1; allowed integer 4..4096",
      R"(fedhub.d/a.toml:4: static_route[0].domain: found "a..example"; allowed a domain, or "*." and a domain)",
      "fedhub.d/a.toml:7: static_route[0].zzz: found an unknown key; allowed domain, "
      "address, direct_tls, priority, weight",
      R"(state/layers/console.toml:1: limits.connections: found string "many"; allowed integer 1..1000000)"));
}

TEST_F(Layers, that_are_damaged_are_named) {
  for (const auto* name : {"fedhub.d/a.toml", "+estate.toml", "+console.toml"})
    EXPECT_THAT(problems_in({{name, "x = 1\n["}}),
                ElementsAre(testing::ContainsRegex(concat(name[0] == '+' ? "state/layers/" : "",
                                                          name + (name[0] == '+'),
                                                          ":2: found a syntax error"))));
  std::filesystem::remove_all(folder() / "fedhub.d");
  std::filesystem::remove_all(folder() / "state");
  std::filesystem::create_directories(folder() / "state/layers/console.toml");
  const auto result = load_file(folder() / "fedhub.toml");
  ASSERT_EQ(result.problems.size(), 1);
  EXPECT_EQ(result.problems[0].file, folder() / "state/layers/console.toml");
  EXPECT_EQ(result.problems[0].found, "a folder");
}

TEST_F(Layers, need_no_folder_but_refuse_another_kind_of_file_in_its_place) {
  write("fedhub.toml", "");
  EXPECT_TRUE(load_file(folder() / "fedhub.toml"));
  write("fedhub.d", "");
  EXPECT_THAT(load_file(folder() / "fedhub.toml").problems.at(0).file, folder() / "fedhub.d");
}

TEST_F(Layers, are_watched_even_if_they_are_missing) {
  write("fedhub.toml", "");
  const auto state = folder() / "state/layers";
  EXPECT_THAT(load_file(folder() / "fedhub.toml").files,
              testing::IsSupersetOf({folder() / "fedhub.toml", folder() / "fedhub.d",
                                     state / "estate.toml", state / "console.toml"}));
}

TEST_F(Layers, warn_of_values_without_effect) {
  EXPECT_THAT(
    warnings_of(
      {{"fedhub.toml", "[federation]\nsecurity_mode = 'tls-required'\n"
                       "dialback_secret_file = 'fedhub.toml'\n"
                         + route("a.example", "192.0.2.1") + route("b.example", "192.0.2.1")},
       {"+console.toml", "[federation]\nsecurity_mode = 'tls-optional'\n"
                         "dialback_secret = 'x'\n"
                           + route("a.example", "192.0.2.1", "priority = 1")
                           + route("b.example", "192.0.2.1", "removed = true")
                           + route("c.example", "192.0.2.1", "removed = true")}}),
    ElementsAre(
      "fedhub.toml:3: federation.dialback_secret_file has no effect: "
      "state/layers/console.toml:3 sets it",
      "fedhub.toml:2: federation.security_mode has no effect: state/layers/console.toml:2 sets it",
      "fedhub.toml:4: static_route \"a.example 192.0.2.1:5269\" has no effect: "
      "state/layers/console.toml:4 replaces it",
      "fedhub.toml:8: static_route \"b.example 192.0.2.1:5269\" has no effect: "
      "state/layers/console.toml:8 removes it",
      "state/layers/console.toml:12: static_route \"c.example 192.0.2.1:5269\" is removed, but no "
      "earlier file has it"));
  EXPECT_THAT(warnings_of({{"fedhub.toml", "log.level = 'warn'"}, {"+console.toml", ""}}),
              IsEmpty());
}

TEST_F(Layers, bound_their_warnings) {
  std::string rows;
  for (int i = 0; i < 150; ++i)
    rows += route("d" + std::to_string(i) + ".example", "192.0.2.1");
  const auto warnings = warnings_of({{"fedhub.toml", rows}, {"+console.toml", rows}});
  EXPECT_EQ(warnings.size(), layer_sum::most_warnings + 1);
  EXPECT_EQ(warnings.back(), "50 more values or rows have no effect");
}

TEST_F(Layers, replace_values_of_another_type) {
  EXPECT_THAT(problems_in({{"fedhub.toml", route("a.example", "192.0.2.1") + "[tls]"},
                           {"fedhub.d/a.toml", "static_route = 'x'\ntls = 1"}}),
              ElementsAre(testing::HasSubstr("a.toml:1: static_route: found string"),
                          testing::HasSubstr("a.toml:2: tls: found integer")));
  write("c.pem", "x");
  const auto certificate = "[[tls.certificate]]\nchain_file = '../c.pem'\nkey_file = '../c.pem'\n";
  EXPECT_EQ(good({{"fedhub.toml", "[[tls.certificate]]\nchain_file = 'c.pem'\nkey_file = 'c.pem'"},
                  {"fedhub.d/a.toml", "tls = 1"},
                  {"fedhub.d/b.toml", certificate}})
              .tls.certificates.size(),
            1);
}

TEST_F(Layers, of_the_console_set_no_path_and_no_table_of_the_files) {
  const std::pair<std::string, std::string> refused[] = {
    {"hub.name = 'x'", "hub"},
    {"listen.s2s = []", "listen"},
    {"admin.group = ''", "admin"},
    {"cluster.name = ''", "cluster"},
    {"capture.mebibytes = 1", "capture"},
    {"[[core]]\nname = 'x'", "core"},
    {"[[edge]]\nname = 'x'", "edge"},
    {"federation.dialback_secret_file = 'x'", "federation.dialback_secret_file"},
    {"tls.crl_files = []", "tls.crl_files"},
    {"[[tls.certificate]]\nchain_file = 'x'", "tls.certificate[0].chain_file"},
    {"[[node]]\nname = 'a'\nsecret_file = 'x'", "node[0].secret_file"},
  };
  for (const auto& [text, key] : refused)
    EXPECT_THAT(problems_in({{"+console.toml", text}}),
                Contains(testing::ContainsRegex("console.toml:[123]: " + key.substr(0, 4)
                                                + ".*: found a change through the API; allowed "
                                                  "file-only")))
      << text;
  EXPECT_THAT(problems_in({{"+estate.toml", "hub.state_dir = 'x'"}}),
              ElementsAre(testing::HasSubstr("estate.toml:1: hub.state_dir")));
  EXPECT_THAT(problems_in({{"+estate.toml", "hub.name = 'x'"}}), IsEmpty());
}

TEST_F(Layers, of_the_console_may_be_given_as_a_draft) {
  write("fedhub.toml", "");
  std::filesystem::create_directories(folder() / "state/layers");
  write("state/layers/console.toml", "[");
  const auto result = load_file(folder() / "fedhub.toml", "hub.zzz = 1\nlog.level = 'warn'");
  EXPECT_THAT(result.problems.at(0).file, folder() / "state/layers/console.toml");
  EXPECT_EQ(load_file(folder() / "fedhub.toml", "log.level = 'warn'").value->log.level,
            log_level::warn);
}

TEST_F(Layers, have_a_bound) {
  std::filesystem::create_directories(folder() / "fedhub.d");
  for (size_t i = 0; i <= max_extra_files; ++i)
    write("fedhub.d/" + std::to_string(i) + ".toml", "");
  EXPECT_THAT(problems(""), ElementsAre("fedhub.d: found more than 256 files *.toml; allowed at "
                                        "most as many"));
}

TEST_F(Layers, with_20000_rows_take_no_quadratic_time) {
  std::string rows;
  for (int i = 0; i < 20000; ++i)
    rows += route("d" + std::to_string(i) + ".example", "192.0.2.1");
  const auto begun = std::chrono::steady_clock::now();
  EXPECT_EQ(good({{"fedhub.toml", rows}, {"+console.toml", rows}}).static_routes.size(), 20000);
  // Measured: under a second. Quadratic work would need minutes.
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds{20});
}

} // namespace
} // namespace fedhub::conf
