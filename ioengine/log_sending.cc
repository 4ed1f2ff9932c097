// SPDX-License-Identifier: GPL-2.0-only

#include "ioengine/log_sending.h"

#include <chrono>
#include <optional>
#include <thread>

#include "ioengine/shared_log.h"

namespace daxmend {
namespace {

constexpr uint64_t kMostSeconds = 2;

void Raise(std::atomic<uint64_t>* to, uint64_t value) {
  uint64_t was = to->load();
  while (was < value && !to->compare_exchange_weak(was, value)) {
  }
}

// Of many that ask in one second one gets it.
bool TakeSecond(RunState::Sends* sends, uint64_t second) {
  uint64_t last = sends->second.load();
  return last < second && sends->second.compare_exchange_strong(last, second);
}

void SendNow(const std::string& path, RunState::Sends* sends,
             const std::function<void()>& send) {
  // What other threads of this process have left.
  SharedLog::WriteWaiting(path);
  if (!sends) return send();
  // Whoever was in the log by now need not send it.
  const uint64_t number = ++sends->begun;
  try {
    send();
  } catch (...) {
    // Others would fail like this one, and one a second would take long.
    Raise(&sends->ended, number);
    throw;
  }
  Raise(&sends->ended, number);
}

}  // namespace

SendClock UsualSendClock() {
  using std::chrono::steady_clock;
  return {
      .second =
          [] {
            return static_cast<uint64_t>(
                std::chrono::duration_cast<std::chrono::seconds>(
                    steady_clock::now().time_since_epoch())
                    .count());
          },
      .pause =
          [] { std::this_thread::sleep_for(std::chrono::milliseconds(20)); }};
}

void SendInTurn(const std::string& path, RunState* state,
                const std::function<void()>& send, const SendClock& clock) {
  RunState::Sends* const sends = state->SendsOf(path);
  if (!sends || !state->AnyRuns(path)) return SendNow(path, sends, send);
  const uint64_t since = clock.second();
  // The last send that had begun when this worker was in the log.
  std::optional<uint64_t> before;
  for (;;) {
    const uint64_t second = clock.second();
    if (TakeSecond(sends, second) || second > since + kMostSeconds)
      return SendNow(path, sends, send);
    if (!before && !SharedLog::Waits(path)) before = sends->begun.load();
    if (before && sends->ended.load() > *before) return;
    clock.pause();
  }
}

}  // namespace daxmend
