// SPDX-License-Identifier: GPL-2.0-only
//
// When a log is sent to fio's client: whenever workers have ended, but not once
// for each of them. A thousand that end together would send a thousand logs.
//
// Thread-safe, also between processes of the run.

#ifndef DAXMEND_IOENGINE_LOG_SENDING_H_
#define DAXMEND_IOENGINE_LOG_SENDING_H_

#include <cstdint>
#include <functional>
#include <string>

#include "ioengine/run_state.h"

namespace daxmend {

struct SendClock {
  std::function<uint64_t()> second;  // of a clock that never goes back
  std::function<void()> pause;       // for a part of one
};
SendClock UsualSendClock();

// For a worker that has ended, is logged in `path`, and has left there all that
// it will. Calls `send`, which sends the log as it is then, or lets another
// worker do so: at once, where no other that is logged there runs or nobody has
// sent it in this second, and else in one of the next two, for which it waits.
// When this returns, the log has been sent with what the worker left. Throws
// what `send` does, or Error when the log could not be written (SharedLog).
void SendInTurn(const std::string& path, RunState* state,
                const std::function<void()>& send,
                const SendClock& clock = UsualSendClock());

}  // namespace daxmend

#endif  // DAXMEND_IOENGINE_LOG_SENDING_H_
