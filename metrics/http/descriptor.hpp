// A file descriptor with one owner.
#pragma once

#include <utility>

#include <unistd.h>

namespace fedhub {

/// Owns a file descriptor and closes it on destruction.
class descriptor {
public:
  descriptor() = default;
  explicit descriptor(int fd) : fd_{fd} {}
  descriptor(descriptor&& other) noexcept : fd_{std::exchange(other.fd_, -1)} {}
  descriptor& operator=(descriptor&& other) noexcept {
    std::swap(fd_, other.fd_); // `other` closes the former descriptor
    return *this;
  }
  ~descriptor() {
    if (fd_ >= 0)
      close(fd_);
  }

  int get() const { return fd_; } ///< negative: none.
  int release() { return std::exchange(fd_, -1); }
  explicit operator bool() const { return fd_ >= 0; }

private:
  int fd_ = -1;
};

} // namespace fedhub
