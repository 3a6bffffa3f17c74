#include "metrics/http/http_encoding.hpp"

#include <optional>
#include <stdexcept>

#include <zlib.h>

#include "metrics/http/http_grammar.hpp"
#include "metrics/http/http_message.hpp"

namespace fedhub {

namespace {

constexpr int gzip_format = 16; // added to the window size, it makes zlib write a gzip header
constexpr int default_memory = 8;

/// Returns whether the weight is zero, which refuses the coding: "q=0", "q=0.000".
bool refuses(std::string_view parameters) {
  while (!parameters.empty()) {
    const auto parameter = take_until(parameters, ';');
    if (parameter.starts_with("q=") || parameter.starts_with("Q="))
      return parameter.substr(2).find_first_not_of("0.") == parameter.npos;
  }
  return false;
}

} // namespace

bool accepts_gzip(std::string_view accept_encoding) {
  std::optional<bool> named, any;
  while (!accept_encoding.empty()) {
    auto element = take_until(accept_encoding, ',');
    const auto coding = take_until(element, ';');
    if (equal_http_names(coding, "gzip"))
      named = !refuses(element);
    else if (coding == "*")
      any = !refuses(element);
  }
  return named.value_or(any.value_or(false));
}

std::string gzip(std::string_view body) {
  z_stream stream{};
  if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, MAX_WBITS + gzip_format,
                   default_memory, Z_DEFAULT_STRATEGY)
      != Z_OK)
    throw std::runtime_error("zlib: no memory");
  std::string compressed(deflateBound(&stream, body.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(body.data()));
  stream.avail_in = static_cast<uInt>(body.size());
  stream.next_out = reinterpret_cast<Bytef*>(compressed.data());
  stream.avail_out = static_cast<uInt>(compressed.size());
  deflate(&stream, Z_FINISH); // cannot fail, since the output has room for the worst case
  compressed.resize(stream.total_out);
  deflateEnd(&stream);
  return compressed;
}

} // namespace fedhub
