#include "actors/files/file_modes.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <gmock/gmock.h>

#include "tests/unit/actors/files/folder.hpp"

namespace fedhub {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

class FileModes : public testing::Test {
protected:
  FileModes() {
    config.hub.state_dir = place.path() / "state";
    config.federation.dialback_secret = conf::secret{"inline"};
    config.tls.certificates = {{"chain.pem", "key.pem"}};
  }

  std::filesystem::path file(std::string_view name, int mode) const {
    auto path = place.write(name, "content");
    EXPECT_EQ(::chmod(path.c_str(), static_cast<mode_t>(mode)), 0);
    return path;
  }

  file_findings judge(std::vector<std::filesystem::path> files,
                      std::vector<std::filesystem::path> secret = {}) const {
    return judge_modes(config,
                       {place.path() / "fedhub.toml", std::move(files), {}, std::move(secret)});
  }

  test::folder place;
  conf::config config;
};

TEST_F(FileModes, warn_of_secrets_that_others_can_read) {
  struct {
    int mode;
    const char* who;
  } table[] = {{0600, ""},
               {0400, ""},
               {0640, "its group"},
               {0440, "its group"},
               {0644, "other users"},
               {0604, "other users"},
               {0660, "its group"},
               {0711, ""},
               {0664, "other users"}};
  for (const auto& entry : table) {
    const auto path = file("secret", entry.mode);
    const auto found = judge({path}, {path});
    EXPECT_THAT(found.errors, IsEmpty()) << std::oct << entry.mode;
    if (*entry.who == 0)
      EXPECT_THAT(found.warnings, IsEmpty()) << std::oct << entry.mode;
    else
      EXPECT_THAT(found.warnings, ElementsAre(HasSubstr(path.string() + ": holds a secret, and "
                                                        + entry.who + " can read it")));
    EXPECT_THAT(judge({path}).warnings, IsEmpty()) << "no secret";
  }
}

TEST_F(FileModes, take_a_secret_that_the_hub_reads_by_its_group) {
  if (::geteuid() != 0)
    GTEST_SKIP() << "only root can give files away";
  const auto path = file("secret", 0640);
  ASSERT_EQ(::chown(path.c_str(), 12345, ::getegid()), 0);
  EXPECT_THAT(judge({path}, {path}).warnings, IsEmpty());
  ASSERT_EQ(::chown(path.c_str(), 12345, 54321), 0);
  EXPECT_THAT(judge({path}, {path}).warnings, ElementsAre(HasSubstr("its group")));
}

TEST_F(FileModes, refuse_what_anybody_can_write) {
  for (int mode : {0602, 0622, 0666, 0777}) {
    const auto path = file("any", mode);
    EXPECT_THAT(judge({path, path}).errors, ElementsAre(HasSubstr(path.string())));
  }
  for (int mode : {0600, 0664, 0775})
    EXPECT_THAT(judge({file("any", mode)}).errors, IsEmpty());
  EXPECT_THAT(judge({place.path() / "missing", "/dev/null"}).errors, IsEmpty());
}

TEST_F(FileModes, look_at_the_state_folder) {
  std::filesystem::create_directory(config.hub.state_dir);
  const auto chmod_state = [&](int mode) {
    ASSERT_EQ(::chmod(config.hub.state_dir.c_str(), static_cast<mode_t>(mode)), 0);
  };
  chmod_state(0777);
  EXPECT_THAT(judge({}).errors, ElementsAre(HasSubstr(config.hub.state_dir.string())));
  chmod_state(01777);
  EXPECT_THAT(judge({}).errors, IsEmpty());
  chmod_state(0755);
  const auto secret = file("state/dialback-secret", 0644),
             key = file("state/self-signed.key", 0644);
  EXPECT_THAT(judge({}).warnings, IsEmpty()) << "neither is used";
  config.federation.dialback_secret.reset();
  config.tls.certificates.clear();
  EXPECT_THAT(judge({}).warnings,
              UnorderedElementsAre(HasSubstr(secret.string()), HasSubstr(key.string())));
}

/// A file or folder of the layers: who else may change it, and whether the hub refuses it then.
class FileModesOfLayers : public FileModes {
protected:
  FileModesOfLayers() {
    for (const auto* name : {"state", "state/layers", "state/layers/history", "fedhub.d"}) {
      std::filesystem::create_directory(place.path() / name);
      chmod_to(name, 0755);
    }
    for (const auto* name : {"state/layers/console.toml", "state/layers/estate.toml"})
      file(name, 0600);
  }

  void chmod_to(std::string_view name, int mode) const {
    ASSERT_EQ(::chmod((place.path() / name).c_str(), static_cast<mode_t>(mode)), 0) << name;
  }

  /// Judges with all files of `fedhub.d`, as a source names them.
  file_findings judge_layers() const {
    std::vector<std::filesystem::path> files{place.path() / "fedhub.d"};
    for (const auto& entry : std::filesystem::directory_iterator{files.front()})
      files.push_back(entry.path());
    files.push_back(place.path() / "state/layers/estate.toml");
    files.push_back(place.path() / "state/layers/console.toml");
    return judge(std::move(files));
  }
};

TEST_F(FileModesOfLayers, refuse_what_others_can_write) {
  struct {
    const char* name;
    int mode;
    const char* why; ///< empty: it is accepted.
  } table[] = {
    {"state/layers", 0700, ""},
    {"state/layers", 0775, ""},
    {"state/layers", 01777, ""},
    {"state/layers", 0777, "any user can write it (mode 0777)"},
    {"state/layers", 0702, "any user can write it (mode 0702)"},
    {"state/layers/history", 0777, "any user can write it (mode 0777)"},
    {"state/layers/history", 0750, ""},
    {"state/layers/console.toml", 0644, ""},
    {"state/layers/console.toml", 0660, "other users can write it"},
    {"state/layers/console.toml", 0602, "other users can write it"},
    {"state/layers/estate.toml", 0664, "other users can write it"},
    {"fedhub.d", 0777, "any user can write it (mode 0777)"},
  };
  for (const auto& [name, mode, why] : table) {
    struct stat before {};
    ASSERT_EQ(::stat((place.path() / name).c_str(), &before), 0);
    chmod_to(name, mode);
    const auto errors = judge_layers().errors;
    if (*why == 0)
      EXPECT_THAT(errors, IsEmpty()) << name << std::oct << mode;
    else
      EXPECT_THAT(errors, ElementsAre(HasSubstr((place.path() / name).string() + ": " + why)))
        << std::oct << mode;
    chmod_to(name, before.st_mode & 07777);
  }
}

TEST_F(FileModesOfLayers, refuse_what_belongs_to_a_stranger) {
  if (::geteuid() != 0)
    GTEST_SKIP() << "only root can give files away";
  constexpr uid_t stranger = 12345;
  file("fedhub.d/10.toml", 0644);
  file("elsewhere.toml", 0644);
  std::filesystem::create_symlink(place.path() / "elsewhere.toml",
                                  place.path() / "fedhub.d/20.toml");
  EXPECT_THAT(judge_layers().errors, IsEmpty());
  for (const auto* name :
       {"fedhub.d/10.toml", "fedhub.d/20.toml", "state/layers", "state/layers/history",
        "state/layers/console.toml", "state/layers/estate.toml"}) {
    const auto path = place.path() / name;
    ASSERT_EQ(::lchown(path.c_str(), stranger, 0), 0);
    EXPECT_THAT(judge_layers().errors,
                ElementsAre(HasSubstr(path.string() + ": belongs to another user, uid 12345")));
    ASSERT_EQ(::lchown(path.c_str(), 0, 0), 0);
  }
  ASSERT_EQ(::chown((place.path() / "elsewhere.toml").c_str(), stranger, 0), 0);
  EXPECT_THAT(judge_layers().errors, ElementsAre(HasSubstr("fedhub.d/20.toml: belongs to")));
}

TEST_F(FileModesOfLayers, refuse_a_link_in_place_of_the_hubs_own_file) {
  const auto console = place.path() / "state/layers/console.toml";
  std::filesystem::rename(console, place.path() / "elsewhere.toml");
  std::filesystem::create_symlink(place.path() / "elsewhere.toml", console);
  EXPECT_THAT(judge_layers().errors,
              ElementsAre(HasSubstr(console.string() + ": not a regular file")));
}

TEST_F(FileModesOfLayers, follow_links_through_each_folder) {
  for (const auto* name : {"one", "one/two", "hop"}) {
    std::filesystem::create_directory(place.path() / name);
    chmod_to(name, 0755);
  }
  file("one/two/ten.toml", 0644);
  std::filesystem::create_symlink("../one/two/ten.toml", place.path() / "hop/ten.toml");
  std::filesystem::create_symlink("../hop/ten.toml", place.path() / "fedhub.d/10.toml");
  EXPECT_THAT(judge_layers().errors, IsEmpty());
  for (const auto* name : {"one", "one/two", "hop"}) {
    chmod_to(name, 0777);
    EXPECT_THAT(judge_layers().errors,
                ElementsAre(HasSubstr("fedhub.d/10.toml: a symbolic link into "
                                      + (place.path() / name).string())));
    chmod_to(name, 01777);
    EXPECT_THAT(judge_layers().errors, IsEmpty()) << name << " with the sticky bit";
    chmod_to(name, 0755);
  }
}

} // namespace
} // namespace fedhub
