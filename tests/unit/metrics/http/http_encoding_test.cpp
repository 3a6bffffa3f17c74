#include "metrics/http/http_encoding.hpp"

#include <string>

#include <gtest/gtest.h>
#include <zlib.h>

namespace fedhub {
namespace {

std::string gunzip(const std::string& compressed, size_t size) {
  std::string body(size + 1, '\0');
  z_stream stream{};
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(compressed.data()));
  stream.avail_in = static_cast<uInt>(compressed.size());
  stream.next_out = reinterpret_cast<Bytef*>(body.data());
  stream.avail_out = static_cast<uInt>(body.size());
  EXPECT_EQ(inflateInit2(&stream, MAX_WBITS + 16), Z_OK);
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  body.resize(stream.total_out);
  inflateEnd(&stream);
  return body;
}

TEST(http_encoding, knows_who_takes_gzip) {
  for (const char* header : {"gzip", "GZip", "deflate, gzip;q=0.5", "br , gzip", "*",
                             "gzip; q=0.001", "*;q=0, gzip", "gzip;level=9;q=1"})
    EXPECT_TRUE(accepts_gzip(header)) << header;
  for (const char* header : {"", "identity", "gzip;q=0", "gzip ; q=0.000", "*;q=0", "*, gzip;q=0",
                             "gzippy", "x-gzip-like", "br", "deflate"})
    EXPECT_FALSE(accepts_gzip(header)) << header;
}

TEST(http_encoding, compresses_what_can_be_unpacked) {
  std::string noise;
  for (uint32_t i = 0, word = 1; i < 100'000; ++i)
    noise += static_cast<char>((word = word * 1664525 + 1013904223) >> 24);
  for (const auto& body : {std::string{}, std::string{"x"}, std::string(100'000, 'a'), noise})
    EXPECT_EQ(gunzip(gzip(body), body.size()), body);
}

} // namespace
} // namespace fedhub
