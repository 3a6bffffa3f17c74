#include <caf/scoped_actor.hpp>

#include <gmock/gmock.h>

#include "actors/admin/spawn_diagnostics.hpp"
#include "actors/log/log_levels.hpp"
#include "tests/unit/actors/connection/peer_scene.hpp"

namespace fedhub {
namespace {

using namespace std::chrono_literals;
using conf::log_level;
using testing::ElementsAre;

/// A hub with a diagnostics actor.
class Diagnostics : public test::peer_test {
protected:
  Diagnostics() {
    begin("bidi = false\n");
    levels_of_log().configure({.level = log_level::error, .modules = {}});
    diagnostics = keep(spawn_diagnostics(system(), hub_, {}));
  }

  diagnosis ask(diagnosis_request request) {
    caf::scoped_actor self{system()};
    auto pending = self->request(diagnostics, caf::infinite, ask_atom_v,
                                 std::make_shared<const diagnosis_request>(std::move(request)));
    run();
    diagnosis result;
    pending.receive([&](const diagnosis_ptr& found) { result = *found; },
                    [](const caf::error&) { ADD_FAILURE() << "no answer"; });
    return result;
  }
  admin::log_row row_of(log_module module) {
    return std::get<std::vector<admin::log_row>>(ask(log_question{}))
      .at(static_cast<size_t>(module));
  }
  static bool writes_traces(log_module module) {
    return log(module).should_log(spdlog::level::trace);
  }

  diagnostics_actor diagnostics;
};

TEST_F(Diagnostics, raises_a_log_level_and_lets_it_fall_back_though_nobody_asks) {
  ask(log_order{log_module::dialback_verify, log_level::trace, 60s});
  EXPECT_TRUE(writes_traces(log_module::dialback_verify));
  EXPECT_EQ(row_of(log_module::dialback_verify).level, "trace");
  const auto left = *row_of(log_module::dialback_verify).until - std::chrono::system_clock::now();
  EXPECT_LE(left, 61s);
  EXPECT_GT(left, 50s);
  EXPECT_FALSE(row_of(log_module::hub).until);
  elapse(59s, 1s);
  EXPECT_TRUE(writes_traces(log_module::dialback_verify));
  elapse(10s, 1s); // `tick_plan` rounds up
  EXPECT_FALSE(writes_traces(log_module::dialback_verify));
  EXPECT_FALSE(row_of(log_module::dialback_verify).until);
}

TEST_F(Diagnostics, keeps_the_order_in_which_levels_end) {
  ask(log_order{log_module::hub, log_level::trace, 3600s});
  ask(log_order{log_module::resolver, log_level::trace, 5s});
  elapse(8s, 1s);
  EXPECT_FALSE(writes_traces(log_module::resolver));
  EXPECT_TRUE(writes_traces(log_module::hub));
  levels_of_log().configure({.level = log_level::error, .modules = {}}); // a reload
  elapse(3600s, 60s);
  EXPECT_FALSE(writes_traces(log_module::hub));
}

TEST_F(Diagnostics, has_the_resolver_in_force_forget) {
  ask(flush_order{test::domain("partner.example")});
  ask(flush_order{});
  EXPECT_THAT(resolver.forgotten, ElementsAre("partner.example", ""));
}

} // namespace
} // namespace fedhub
