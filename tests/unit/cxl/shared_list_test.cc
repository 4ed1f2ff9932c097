// SPDX-License-Identifier: GPL-2.0-only

#include "device/shared_list.h"

#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <mutex>

#include "core/error.h"

namespace daxmend {
namespace {

// Says what it is told to, when an eventfd says that there is something new.
class ToldList : public DeviceList {
 public:
  uint64_t unit_bytes() const override { return 64; }
  std::string memory() const override { return "told"; }
  const std::vector<DeviceRange>& Now() override {
    uint64_t ignored;
    [[maybe_unused]] const ssize_t n =
        read(event_.get(), &ignored, sizeof ignored);
    const std::lock_guard hold(mutex_);
    if (broken_) throw Error("broken");
    bad_ = next_;
    return bad_;
  }
  int descriptor() const override { return event_.get(); }

  void Say(std::vector<DeviceRange> bad) {
    {
      const std::lock_guard hold(mutex_);
      next_ = std::move(bad);
    }
    Wake();
  }
  void Break() {
    {
      const std::lock_guard hold(mutex_);
      broken_ = true;
    }
    Wake();
  }

 private:
  void Wake() {
    const uint64_t one = 1;
    [[maybe_unused]] const ssize_t n = write(event_.get(), &one, sizeof one);
  }
  FileDescriptor event_{eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
  std::mutex mutex_;
  std::vector<DeviceRange> next_, bad_;
  bool broken_ = false;
};

class Shared : public testing::Test {
 protected:
  ToldList* told_ = new ToldList;
  std::shared_ptr<SharedDeviceList> list_ =
      std::make_shared<SharedDeviceList>(std::unique_ptr<DeviceList>(told_));
};

TEST_F(Shared, CopiesWhatIsNew) {
  uint64_t generation = 0;
  std::vector<DeviceRange> bad = {{1, 2}};
  EXPECT_TRUE(list_->Update(&generation, &bad));
  EXPECT_TRUE(bad.empty());
  EXPECT_FALSE(list_->Update(&generation, &bad));
  told_->Say({{64, 128}});
  EXPECT_TRUE(list_->Update(&generation, &bad));
  EXPECT_EQ(bad, (std::vector<DeviceRange>{{64, 128}}));
  EXPECT_FALSE(list_->Update(&generation, &bad));
  EXPECT_EQ(list_->memory(), "told");
}

TEST_F(Shared, TellsEverybodyWithoutBeingAsked) {
  std::atomic<int> first{0}, second{0};
  auto one = std::make_unique<SharedDeviceList::Subscription>(list_, [&] {
    ++first;
    first.notify_all();
  });
  const SharedDeviceList::Subscription other(list_, [&] {
    ++second;
    second.notify_all();
  });
  told_->Say({{0, 64}});
  first.wait(0);
  second.wait(0);
  one.reset();
  const int before = first;
  told_->Say({});
  second.wait(1);
  EXPECT_EQ(first, before);
}

TEST_F(Shared, TellsThatItCannotBeReadAnyMore) {
  std::atomic<int> told{0};
  const SharedDeviceList::Subscription one(list_, [&] {
    ++told;
    told.notify_all();
  });
  told_->Break();
  told.wait(0);
  uint64_t generation = 0;
  std::vector<DeviceRange> bad;
  EXPECT_THROW(list_->Update(&generation, &bad), Error);
}

}  // namespace
}  // namespace daxmend
