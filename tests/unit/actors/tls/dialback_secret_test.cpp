#include "actors/tls/dialback_secret.hpp"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <map>

#include <gmock/gmock.h>

#include "tests/unit/actors/files/folder.hpp"

namespace fedhub {
namespace {

using test::content_of;
using test::mode_of;
using testing::AllOf;
using testing::HasSubstr;
using testing::MatchesRegex;

class DialbackSecret : public testing::Test {
protected:
  std::string secret(state_use use = state_use::make) const {
    const auto kept = kept_dialback_secret(state, use);
    EXPECT_TRUE(kept) << kept.error();
    return kept && *kept ? (*kept)->reveal() : "";
  }
  std::string error() const {
    const auto kept = kept_dialback_secret(state);
    return kept ? "" : kept.error();
  }
  void make_folder(int mode = 0700) const {
    std::filesystem::create_directories(state);
    ASSERT_EQ(::chmod(state.c_str(), static_cast<mode_t>(mode)), 0);
  }
  void keep(const std::string& content, int mode = 0600) const {
    std::ofstream{file} << content;
    ASSERT_EQ(::chmod(file.c_str(), static_cast<mode_t>(mode)), 0);
  }

  test::folder place;
  std::filesystem::path state = place.path() / "state";
  std::filesystem::path file = state / "dialback-secret";
  const std::string good = std::string(64, 'a').append(1, '\n');
};

TEST_F(DialbackSecret, is_made_once_and_the_owners_alone) {
  const auto first = secret();
  EXPECT_THAT(first, MatchesRegex("[0-9a-f]{64}"));
  EXPECT_EQ(mode_of(state), 0700);
  EXPECT_EQ(mode_of(file), 0600);
  EXPECT_EQ(content_of(file), first + "\n");
  EXPECT_EQ(secret(), first);
}

TEST_F(DialbackSecret, is_the_owners_alone_whatever_the_mask) {
  const auto before = ::umask(0);
  secret();
  ::umask(before);
  EXPECT_EQ(mode_of(state), 0700);
  EXPECT_EQ(mode_of(file), 0600);
}

TEST_F(DialbackSecret, is_another_for_each_hub) {
  EXPECT_NE((*kept_dialback_secret(state / "a"))->reveal(),
            (*kept_dialback_secret(state / "b"))->reveal());
}

TEST_F(DialbackSecret, is_not_made_by_a_look) {
  EXPECT_EQ(secret(state_use::look), "");
  EXPECT_FALSE(std::filesystem::exists(state));
  const auto made = secret();
  EXPECT_EQ(secret(state_use::look), made);
}

TEST_F(DialbackSecret, that_is_not_whole_is_an_error_and_stays) {
  make_folder();
  for (const auto& bad :
       {std::string{}, std::string{"\n"}, good.substr(0, 64), good.substr(0, 32) + "\n",
        good.substr(0, 63) + "\n", "a" + good, good + "\n", std::string(65, '\0'),
        "g" + good.substr(1), std::string{"a secret of my own\n"}, std::string(100000, 'a')}) {
    keep(bad);
    EXPECT_THAT(error(), AllOf(HasSubstr(file.string()), HasSubstr("damaged"))) << bad.size();
    EXPECT_FALSE(kept_dialback_secret(state, state_use::look)) << bad.size();
    EXPECT_EQ(content_of(file), bad);
  }
  keep(good);
  EXPECT_EQ(error(), "");
}

TEST_F(DialbackSecret, is_never_taken_from_what_might_be_anothers) {
  make_folder();
  for (int mode : {0620, 0602, 0666}) {
    keep(good, mode);
    EXPECT_THAT(error(), HasSubstr("other users can write it")) << std::oct << mode;
  }
  for (int mode : {0400, 0600, 0640, 0644}) {
    keep(good, mode);
    EXPECT_EQ(error(), "") << std::oct << mode;
  }
  if (::geteuid() == 0) {
    ASSERT_EQ(::chown(file.c_str(), 12345, static_cast<gid_t>(-1)), 0);
    EXPECT_THAT(error(), HasSubstr("uid 12345"));
  }
}

TEST_F(DialbackSecret, is_no_link_pipe_or_folder) {
  make_folder();
  const auto elsewhere = place.write("elsewhere", good);
  for (const auto& target : {elsewhere, place.path() / "nowhere"}) {
    std::filesystem::create_symlink(target, file);
    EXPECT_THAT(error(), AllOf(HasSubstr(file.string()), HasSubstr("symbolic link")));
    std::filesystem::remove(file);
  }
  EXPECT_FALSE(std::filesystem::exists(place.path() / "nowhere"));
  ASSERT_EQ(::mkfifo(file.c_str(), 0600), 0);
  EXPECT_THAT(error(), HasSubstr("not a regular file"));
  std::filesystem::remove(file);
  std::filesystem::create_directory(file);
  EXPECT_THAT(error(), HasSubstr("not a regular file"));
}

TEST_F(DialbackSecret, is_not_made_where_anybody_can_replace_it) {
  for (int mode : {0777, 0703, 0707}) {
    make_folder(mode);
    EXPECT_THAT(error(), AllOf(HasSubstr(state.string()), HasSubstr("any user can write")));
  }
  EXPECT_TRUE(std::filesystem::is_empty(state));
  make_folder(01777);
  EXPECT_EQ(error(), "");
}

TEST_F(DialbackSecret, look_tells_where_none_could_be_made) {
  const auto look = [](const std::filesystem::path& at) {
    const auto kept = kept_dialback_secret(at, state_use::look);
    return kept ? "" : kept.error();
  };
  place.write("file", "");
  EXPECT_THAT(look(place.path() / "file" / "state"), HasSubstr("cannot"));
  if (::geteuid() != 0) { // root may write everywhere
    make_folder(0500);
    EXPECT_THAT(look(state / "below"), HasSubstr("cannot create the state folder"));
    EXPECT_THAT(look(state), HasSubstr("cannot write"));
    make_folder();
  }
  EXPECT_EQ(look(place.path() / "a" / "b" / "c"), "");
  EXPECT_FALSE(std::filesystem::exists(place.path() / "a"));
}

TEST_F(DialbackSecret, may_be_in_a_folder_that_is_a_link) {
  std::filesystem::create_directory(place.path() / "real");
  std::filesystem::create_directory_symlink(place.path() / "real", state);
  EXPECT_EQ(error(), "");
}

TEST_F(DialbackSecret, leftovers_of_a_crash_go_after_an_hour) {
  make_folder();
  const auto old = place.write("state/.dialback-secret.0123456789abcdef.new", "half");
  const auto fresh = place.write("state/.dialback-secret.fedcba9876543210.new", "half");
  const auto foreign = place.write("state/of-the-operator.new", "kept");
  for (const auto& path : {old, foreign})
    std::filesystem::last_write_time(path, std::filesystem::file_time_type::clock::now()
                                             - std::chrono::hours{2});
  secret();
  EXPECT_FALSE(std::filesystem::exists(old));
  EXPECT_TRUE(std::filesystem::exists(fresh)) << "another process may be writing it";
  EXPECT_TRUE(std::filesystem::exists(foreign));
}

TEST_F(DialbackSecret, is_one_for_processes_that_begin_at_once) {
  constexpr int processes = 4;
  for (int round = 0; round < 100; ++round) {
    int gate[2], results[2];
    ASSERT_EQ(::pipe(gate), 0);
    ASSERT_EQ(::pipe(results), 0);
    std::vector<pid_t> children;
    for (int i = 0; i < processes; ++i) {
      const auto child = ::fork();
      if (child == 0) {
        ::close(gate[1]);
        char octet = 0;
        [[maybe_unused]] auto n = ::read(gate[0], &octet, 1); // waits until the gate opens
        const auto kept = kept_dialback_secret(state);
        auto line = kept && *kept ? (*kept)->reveal() : "error";
        line.resize(64, '-');
        n = ::write(results[1], line.data(), line.size());
        ::_exit(0);
      }
      children.push_back(child);
    }
    ::close(gate[0]);
    ::close(gate[1]);
    std::map<std::string, int> seen;
    for (auto child : children) {
      ASSERT_EQ(::waitpid(child, nullptr, 0), child);
      std::string line(64, ' ');
      ASSERT_EQ(::read(results[0], line.data(), line.size()), 64);
      ++seen[line];
    }
    ::close(results[0]);
    ::close(results[1]);
    ASSERT_EQ(seen.size(), 1u) << "round " << round;
    ASSERT_EQ(seen.begin()->first + "\n", content_of(file));
    ASSERT_EQ(std::distance(std::filesystem::directory_iterator{state}, {}), 1)
      << "only the secret";
    std::filesystem::remove_all(state);
  }
}

} // namespace
} // namespace fedhub
