#include "actors/files/file_watch.hpp"

#include <gmock/gmock.h>

#include "tests/unit/actors/files/folder.hpp"

namespace fedhub {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

class FileWatch : public testing::Test {
protected:
  /// Returns a watch that takes the files' present state as the one that was read.
  static file_watch watch(std::vector<std::filesystem::path> files) {
    return {std::move(files), std::chrono::system_clock::now() + 1h};
  }

  /// Returns the files that the second look from now reports, since by then they are at rest.
  static std::vector<std::filesystem::path> reported(file_watch& watch) {
    EXPECT_THAT(watch.look(), IsEmpty());
    return watch.look();
  }

  test::folder place;
};

TEST_F(FileWatch, tells_nothing_of_files_that_stay_as_they_are) {
  auto result = watch({place.write("a", "1"), place.path() / "none"});
  for (int i = 0; i < 10; ++i)
    EXPECT_THAT(result.look(), IsEmpty());
}

TEST_F(FileWatch, tells_a_change_of_content_once) {
  const auto a = place.write("a", "1");
  const auto b = place.write("b", "1");
  auto result = watch({a, b});
  place.write("a", "22");
  EXPECT_THAT(reported(result), ElementsAre(a));
  EXPECT_THAT(reported(result), IsEmpty());
}

TEST_F(FileWatch, tells_a_change_that_keeps_size_and_time_of_modification) {
  const auto a = place.write("a", "1");
  const auto before = std::filesystem::last_write_time(a);
  const auto old = fingerprint_of(a);
  auto result = watch({a});
  // The kernel's clock ticks every few milliseconds: writes until it has ticked.
  while (fingerprint_of(a).changed_ns == old.changed_ns) {
    place.write("a", "2");
    std::filesystem::last_write_time(a, before);
  }
  EXPECT_EQ(fingerprint_of(a).modified_ns, old.modified_ns);
  EXPECT_THAT(reported(result), ElementsAre(a));
}

TEST_F(FileWatch, tells_files_that_appear_or_go_or_are_replaced) {
  const auto a = place.write("a", "1");
  const auto b = place.path() / "b";
  auto result = watch({a, b});
  place.write("b", "1");
  EXPECT_THAT(reported(result), ElementsAre(b));
  place.write("new", "1");
  std::filesystem::rename(place.path() / "new", a);
  EXPECT_THAT(reported(result), ElementsAre(a));
  std::filesystem::remove(b);
  EXPECT_THAT(reported(result), ElementsAre(b));
}

TEST_F(FileWatch, tells_a_link_that_points_elsewhere) {
  // The layout of certbot: live/cert.pem -> ../archive/cert1.pem
  place.write("cert1.pem", "1");
  place.write("cert2.pem", "1");
  const auto link = place.path() / "cert.pem";
  std::filesystem::create_symlink("cert1.pem", link);
  // The layout of Kubernetes: tls.key -> ..data/tls.key, ..data -> ..2026_01
  for (const auto* version : {"..2026_01", "..2026_02"}) {
    std::filesystem::create_directory(place.path() / version);
    place.write(std::string{version} + "/tls.key", "1");
  }
  std::filesystem::create_symlink("..2026_01", place.path() / "..data");
  const auto key = place.path() / "tls.key";
  std::filesystem::create_symlink("..data/tls.key", key);

  auto result = watch({link, key});
  std::filesystem::remove(link);
  std::filesystem::create_symlink("cert2.pem", link);
  EXPECT_THAT(reported(result), ElementsAre(link));
  std::filesystem::create_symlink("..2026_02", place.path() / "..data_tmp");
  std::filesystem::rename(place.path() / "..data_tmp", place.path() / "..data");
  EXPECT_THAT(reported(result), ElementsAre(key));
}

TEST_F(FileWatch, waits_until_all_files_have_come_to_rest) {
  const std::vector<std::filesystem::path> files{"cert", "key"};
  auto result = watch(files);
  const file_fingerprint one{.size = 1}, two{.size = 2};
  EXPECT_THAT(result.compare({one, {}}), IsEmpty());  // the certificate is there,
  EXPECT_THAT(result.compare({one, one}), IsEmpty()); // the key is half written,
  EXPECT_THAT(result.compare({one, two}), IsEmpty()); // and now complete
  EXPECT_THAT(result.compare({one, two}), ElementsAre("cert", "key"));
  EXPECT_THAT(result.compare({one, two}), IsEmpty());
  // A return to the reported state before the change was noticed: nothing has changed.
  EXPECT_THAT(result.compare({two, two}), IsEmpty());
  EXPECT_THAT(result.compare({one, two}), IsEmpty());
  EXPECT_THAT(result.compare({one, two}), IsEmpty());
}

TEST_F(FileWatch, does_not_wait_for_ever) {
  auto result = watch({"log"});
  unsigned looks = 0;
  for (off_t size = 1; looks < 100; ++size) {
    ++looks;
    if (!result.compare({{.size = size}}).empty())
      break;
  }
  EXPECT_EQ(looks, file_watch::max_restless);
}

TEST_F(FileWatch, tells_what_has_changed_while_it_was_read) {
  const auto before = std::chrono::system_clock::now() - 1h;
  const auto a = place.write("a", "1");
  file_watch watch{{a, place.path() / "none"}, before};
  EXPECT_THAT(watch.look(), ElementsAre(a));
  EXPECT_THAT(reported(watch), IsEmpty());
}

TEST_F(FileWatch, takes_a_file_that_the_hub_has_written_for_known) {
  const auto a = place.write("a", "1");
  const auto b = place.write("b", "1");
  auto result = watch({a, b});
  place.write("a", "22");
  place.write("b", "22");
  result.accept(a);
  result.accept(place.path() / "none");
  EXPECT_THAT(reported(result), ElementsAre(b));
  place.write("a", "333");
  EXPECT_THAT(reported(result), ElementsAre(a));
}

TEST_F(FileWatch, has_each_file_once) {
  const auto a = place.write("a", "1");
  auto result = watch({a, a, place.path() / "b"});
  EXPECT_THAT(result.files(), ElementsAre(a, place.path() / "b"));
  EXPECT_THAT(watch({}).look(), IsEmpty());
}

} // namespace
} // namespace fedhub
