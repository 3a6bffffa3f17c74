#include "actors/capture/capture_store.hpp"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "tests/unit/actors/capture/capture_scene.hpp"

namespace fedhub {
namespace {

using admin::capture_state;
using std::chrono::hours;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

const std::string stanza = "<message to='a@partner.example'><body>secret</body></message>";

struct CaptureStore : test::capture_scene {};

TEST_F(CaptureStore, runs_a_capture_until_its_time_is_over) {
  const auto id = start(seconds{60});
  ASSERT_EQ(id, 1);
  ASSERT_THAT(*open, SizeIs(1));
  EXPECT_EQ(test::mode_of(path), 0700);
  EXPECT_EQ(test::mode_of(path / "capture-1.pcapng"), 0600);
  write(stanza + "<r/>");
  now += seconds{59};
  store.tend(now);
  EXPECT_EQ(row(id).state, capture_state::running);
  EXPECT_EQ(row(id).packets, 2);
  EXPECT_EQ(row(id).seconds, 59);
  rest.push_back(part(0, stanza)); // on its way when the capture ends
  now += seconds{1};
  store.tend(now);
  EXPECT_THAT(*open, IsEmpty());
  const auto ended = row(id);
  EXPECT_EQ(ended.state, capture_state::ended);
  EXPECT_EQ(ended.detail, "its time is over");
  EXPECT_EQ(ended.packets, 3);
  EXPECT_EQ(ended.bytes, octets_of(id).size());
  EXPECT_THAT(octets_of(id), Not(HasSubstr("secret")));
  EXPECT_THAT(octets_of(id), HasSubstr("<body>[6 octets]</body>"));
  EXPECT_THAT(audit,
              ElementsAre("uid 1: 1 of domain partner.example: started for 60 s",
                          HasSubstr("ended, ended: its time is over; 3 packets, 0 dropped")));
}

TEST_F(CaptureStore, gives_a_file_only_after_the_end) {
  const auto id = start();
  EXPECT_EQ(store.open(bounds, id, "uid 3", now).error().status, 409);
  EXPECT_EQ(end(id), 204);
  const auto file = store.open(bounds, id, "uid 3", now);
  ASSERT_TRUE(file);
  EXPECT_EQ(file->octets, octets_of(id).size());
  EXPECT_EQ(end(id), 204); // removes it
  EXPECT_EQ(end(id), 404);
  EXPECT_EQ(store.open(bounds, id, "uid 3", now).error().status, 404);
  EXPECT_FALSE(std::filesystem::exists(path / "capture-1.pcapng"));
  EXPECT_THAT(audit, ElementsAre(HasSubstr("started"), HasSubstr("uid 2: 1 of"),
                                 HasSubstr("uid 3: 1 of domain partner.example: downloaded"),
                                 HasSubstr("uid 2: 1 of domain partner.example: deleted")));
}

TEST_F(CaptureStore, runs_two_at_once) {
  EXPECT_EQ(start(), 1);
  EXPECT_EQ(start(), 2);
  EXPECT_EQ(start(), 429);
  EXPECT_EQ(end(1), 204);
  EXPECT_EQ(start(), 3);
  EXPECT_THAT(*open, SizeIs(2));
}

TEST_F(CaptureStore, keeps_eight_and_loses_the_oldest) {
  for (uint64_t id = 1; id <= 9; ++id) {
    EXPECT_EQ(start(), id);
    EXPECT_EQ(end(id), 204);
  }
  const auto rows = store.list(bounds, now);
  ASSERT_THAT(rows, SizeIs(capture_store::most_kept));
  EXPECT_EQ(rows.front().id, 2);
  EXPECT_FALSE(std::filesystem::exists(path / "capture-1.pcapng"));
}

TEST_F(CaptureStore, keeps_256_mebibytes_in_all) {
  bounds.octets = uint64_t{200} << 20;
  EXPECT_EQ(start(), 1);
  EXPECT_EQ(start(), 409); // the first one may still need its part
  EXPECT_EQ(end(1), 204);
  EXPECT_EQ(start(), 2);
  EXPECT_THAT(store.list(bounds, now), SizeIs(2)); // what the first one has written is small
}

TEST_F(CaptureStore, keeps_files_for_24_hours) {
  const auto id = start();
  end(id);
  EXPECT_THAT(store.list(bounds, now + hours{23}), SizeIs(1));
  EXPECT_THAT(store.list(bounds, now + hours{25}), IsEmpty());
  EXPECT_FALSE(std::filesystem::exists(path / "capture-1.pcapng"));
}

TEST_F(CaptureStore, ends_a_capture_whose_file_is_full) {
  const auto id = start();
  start();
  for (int i = 0; i < 4000 && !open->empty() && open->front()->id == id; ++i)
    write("<message to='partner.example' id='" + std::string(300, 'x') + "'/>");
  const auto full = row(id);
  EXPECT_EQ(full.state, capture_state::full);
  EXPECT_LE(full.bytes, bounds.octets);
  EXPECT_GT(full.bytes, bounds.octets * 9 / 10);
  EXPECT_EQ(full.bytes, octets_of(id).size());
  EXPECT_THAT(*open, SizeIs(1)); // the other one goes on
}

TEST_F(CaptureStore, leaves_room_on_the_disk) {
  free_octets = capture_store::least_free_octets - 1;
  EXPECT_EQ(start(), 409);
  free_octets = capture_store::least_free_octets;
  const auto id = start();
  EXPECT_EQ(id, 1);
  write(stanza);
  free_octets = 0;
  store.tend(now);
  EXPECT_EQ(row(id).state, capture_state::disk_full);
  EXPECT_EQ(row(id).packets, 1);
  EXPECT_THAT(row(id).detail, HasSubstr("the disk has no room"));
  EXPECT_THAT(*open, IsEmpty());
}

TEST_F(CaptureStore, says_why_there_is_no_folder) {
  place.write("file", "");
  bounds.directory = place.path() / "file";
  EXPECT_EQ(start(), 503);
  EXPECT_THAT(store.start(bounds, order(), now).error().detail,
              HasSubstr("capture.directory: " + bounds.directory.string()));
}

TEST_F(CaptureStore, counts_what_is_missing) {
  const auto id = start();
  open->front()->dropped = 5;
  write(stanza);
  write("<message><!-- no element of a stream -->");
  EXPECT_EQ(row(id).dropped, 6);
  end(id);
  EXPECT_EQ(row(id).dropped, 6);
  EXPECT_EQ(row(id).packets, 1);
  EXPECT_THAT(octets_of(id), HasSubstr("6 elements are missing"));
}

TEST_F(CaptureStore, shows_stanzas_if_it_is_asked_to) {
  auto bodies = order();
  bodies.selection.bodies = true;
  ASSERT_TRUE(store.start(bounds, bodies, now));
  write(stanza + "<handshake>0123</handshake>");
  end(1);
  EXPECT_THAT(octets_of(1), HasSubstr("<body>secret</body>"));
  EXPECT_THAT(octets_of(1), Not(HasSubstr("0123")));
}

TEST_F(CaptureStore, finds_the_files_of_the_process_before) {
  start();
  write(stanza);
  store.end_all(now);
  EXPECT_EQ(row(1).detail, "the hub stopped");
  start();
  write(stanza);
  store.tend(now); // killed after this
  store = make_store();
  const auto rows = store.list(bounds, now);
  ASSERT_THAT(rows, SizeIs(2));
  for (const auto& each : rows) {
    EXPECT_EQ(each.state, capture_state::ended);
    EXPECT_EQ(each.packets, 1);
    EXPECT_EQ(each.selection.domain, "partner.example");
    EXPECT_EQ(each.bytes, octets_of(each.id).size());
    EXPECT_TRUE(store.open(bounds, each.id, "uid 1", now));
  }
  EXPECT_EQ(start(), 3);
}

TEST_F(CaptureStore, leaves_files_alone_that_are_not_its_own) {
  start();
  end(1);
  const auto good = octets_of(1);
  const std::pair<const char*, std::string> foreign[] = {
    {"capture-2.pcapng", "no capture"}, {"capture-3.pcapng", good}, // another one's note
    {"capture-4.pcapng", ""},           {"capture-05.pcapng", good}, {"capture-.pcapng", good},
    {"capture-6.pcapng.bak", good},     {"notes.txt", "keep"},
  };
  for (const auto& [name, content] : foreign)
    std::ofstream{path / name} << content;
  std::filesystem::create_symlink(path / "capture-1.pcapng", path / "capture-7.pcapng");
  std::filesystem::create_directory(path / "capture-8.pcapng");
  store = make_store();
  EXPECT_THAT(store.list(bounds, now), SizeIs(1));
  EXPECT_EQ(start(), 5); // the first free name
  for (uint64_t id = 5; id < 30; ++id) {
    end(id);
    start();
  }
  store.list(bounds, now + hours{100});
  for (const auto& [name, content] : foreign)
    EXPECT_EQ(test::content_of(path / name), content) << name;
  EXPECT_TRUE(std::filesystem::is_symlink(path / "capture-7.pcapng"));
  EXPECT_TRUE(std::filesystem::is_directory(path / "capture-8.pcapng"));
}

TEST_F(CaptureStore, serves_the_whole_blocks_of_a_file_that_was_cut) {
  start();
  write(stanza);
  write(stanza);
  end(1);
  std::filesystem::resize_file(path / "capture-1.pcapng", octets_of(1).size() - 20);
  store = make_store();
  const auto cut = row(1);
  EXPECT_EQ(cut.packets, 2);
  EXPECT_LT(cut.bytes, octets_of(1).size());
  EXPECT_THAT(cut.detail, HasSubstr("its end is damaged"));
  EXPECT_EQ(store.open(bounds, 1, "uid 1", now)->octets, cut.bytes);
}

TEST_F(CaptureStore, does_not_give_a_file_that_was_replaced) {
  start();
  end(1);
  std::ofstream{path / "capture-1.pcapng"} << std::string(10'000, 'x');
  EXPECT_EQ(store.open(bounds, 1, "uid 1", now).error().status, 404);
  EXPECT_THAT(store.list(bounds, now), IsEmpty());
  EXPECT_TRUE(std::filesystem::exists(path / "capture-1.pcapng"));
}

TEST_F(CaptureStore, keeps_a_file_whole_if_a_write_fails) {
  start();
  const auto child = ::fork();
  if (child == 0) { // in a process of its own, whose files may have 64 KiB
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit most{65'536, 65'536};
    ::setrlimit(RLIMIT_FSIZE, &most);
    for (int i = 0; i < 400 && !open->empty(); ++i)
      write("<message to='partner.example' id='" + std::string(300, 'x') + "'/>");
    const auto failed = row(1);
    const bool good = failed.state == capture_state::failed && !failed.detail.empty()
                      && failed.bytes == octets_of(1).size() && failed.dropped > 0;
    ::_exit(good ? 0 : 1);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
}

} // namespace
} // namespace fedhub
