// The rounds of a reload: each begins when all actors have handled the one before.
#include "actors/process/reload_rounds.hpp"

#include "tests/unit/actors/hub/hub_scene.hpp"

namespace fedhub {
namespace {

TEST(ReloadRound, ends_with_the_last_message_that_carries_it) {
  int ended = 0;
  auto round = std::make_shared<const reload_round>(former_rules{}, [&] { ++ended; });
  auto other = round;
  round.reset();
  EXPECT_EQ(ended, 0);
  other.reset();
  EXPECT_EQ(ended, 1);
}

struct rounds_log {
  std::vector<std::string> order;
  int ends = 0;
  bool done = false;
};

supervisor_actor::behavior_type fake_supervisor(supervisor_actor::pointer self, rounds_log* log,
                                                reload_rounds* rounds) {
  return {
    [](node_up_atom, const std::string&) {},
    [](node_down_atom, const std::string&) {},
    [](node_away_atom, const std::string&) {},
    [](reload_atom) { return true; },
    [](order_atom, const configuration_order_ptr&) { return configuration_outcome_ptr{}; },
    [](stop_atom) { return stop_atom_v; },
    [](status_atom) { return status_atom_v; },
    [](probe_atom) {},
    [](probe_atom, int64_t) {},
    [=](round_atom, uint64_t uint64) {
      ++log->ends;
      log->done = rounds->on_end(uint64) || log->done;
      (void)self;
    },
    [](tick_atom, uint64_t) {},
    [](report_atom) {},
    [](report_atom, bool) {},
    [](beat_atom) {},
    [](reload_atom, uint64_t) {},
    [](reload_atom, uint64_t, const configuration_read_ptr&) {},
    [](watch_atom) {},
    [](watch_atom, const file_look_ptr&) {},
    [](tick_atom) {},
  };
}

class ReloadRounds : public test::hub_test {
protected:
  void begin() { rounds.begin(*hub_, supervisor, {hub_->current(), hub_->table()}, {}); }

  rounds_log log;
  reload_rounds rounds;
  supervisor_actor supervisor = spawn(fake_supervisor, &log, &rounds);
};

TEST_F(ReloadRounds, end_one_after_the_other_when_nobody_is_there_too) {
  begin();
  EXPECT_TRUE(rounds.running());
  run();
  EXPECT_EQ(log.ends, 4);
  EXPECT_TRUE(log.done);
  EXPECT_FALSE(rounds.running());
}

TEST_F(ReloadRounds, wait_for_a_connection_that_has_not_handled_its_message) {
  test::connection_log seen;
  auto connection = spawn(test::fake_connection, &seen);
  hub_->connections.add(1, connection, false);
  begin();
  EXPECT_EQ(log.ends, 0) << "its message is in its mailbox";
  run();
  EXPECT_TRUE(log.done);
  hub_->connections.remove(1);
}

TEST_F(ReloadRounds, do_not_wait_for_a_connection_that_is_gone) {
  test::connection_log seen;
  auto connection = system().spawn(test::fake_connection, &seen);
  hub_->connections.add(1, connection, false);
  caf::anon_send_exit(connection, caf::exit_reason::kill);
  run();
  begin();
  run();
  EXPECT_TRUE(log.done);
  hub_->connections.remove(1);
}

TEST_F(ReloadRounds, of_a_former_reload_count_no_more) {
  begin();
  begin();
  EXPECT_EQ(rounds.number(), 2U);
  run();
  EXPECT_TRUE(log.done);
  EXPECT_EQ(log.ends, 5) << "the first round of the former, and four";
}

} // namespace
} // namespace fedhub
