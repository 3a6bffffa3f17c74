// [capture].
#include "tests/unit/conf/file/loading.hpp"

namespace fedhub::conf {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(Capture, has_its_folder_where_the_file_says) {
  EXPECT_EQ(loaded("").capture.directory, "");
  EXPECT_EQ(loaded("capture.directory = ''").capture.directory, "");
  EXPECT_EQ(loaded("capture.directory = 'a/../b'").capture.directory, "etc/b");
  EXPECT_EQ(loaded("capture.directory = '/var/b'").capture.directory, "/var/b");
  EXPECT_THAT(problems_of("capture.directory = 1"), ElementsAre(HasSubstr("capture.directory")));
}

TEST(Capture, takes_so_many_mebibytes) {
  EXPECT_EQ(loaded("").capture.mebibytes, 64u);
  EXPECT_EQ(loaded("capture.mebibytes = 1").capture.mebibytes, 1u);
  EXPECT_EQ(loaded("capture.mebibytes = 256").capture.mebibytes, 256u);
  for (const std::string bad : {"0", "257", "-1", "'64'"})
    EXPECT_THAT(problems_of("capture.mebibytes = " + bad), ElementsAre(HasSubstr("allowed")))
      << bad;
}

} // namespace
} // namespace fedhub::conf
