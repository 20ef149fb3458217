// SPDX-License-Identifier: Apache-2.0
// A stack that grows, for the checker: std::vector costs compilers several times as many steps.
#ifndef CORDON_DATA_INTERNAL_POOL_H_
#define CORDON_DATA_INTERNAL_POOL_H_

#include <cstddef>
#include <utility>

namespace cordon::internal {

template <class T>
class Pool {
 public:
  constexpr Pool() = default;
  constexpr ~Pool() { delete[] data_; }
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  constexpr std::size_t size() const { return size_; }
  // References end with the next Push().
  constexpr T& operator[](std::size_t i) { return data_[i]; }
  constexpr const T& operator[](std::size_t i) const { return data_[i]; }
  constexpr T& Push(T value) {
    if (size_ == capacity_) Grow();
    data_[size_] = std::move(value);
    return data_[size_++];
  }
  constexpr void Shrink(std::size_t size) { size_ = size; }

 private:
  constexpr void Grow() {
    const std::size_t capacity = capacity_ == 0 ? 4 : capacity_ * 4;
    T* const data = new T[capacity];
    for (std::size_t i = 0; i < size_; ++i) data[i] = std::move(data_[i]);
    delete[] data_;
    data_ = data;
    capacity_ = capacity;
  }
  T* data_ = nullptr;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace cordon::internal

#endif  // CORDON_DATA_INTERNAL_POOL_H_
