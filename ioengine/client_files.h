// SPDX-License-Identifier: GPL-2.0-only
//
// What a job of `fio --server` wrote, sent to the client that started it, over
// fio's own connection.
//
// Logs are what fio brings from a server (FIO_NET_CMD_IOLOG: write_lat_log= and
// the like), and a log that the server has compressed already the client
// writes as it comes, without a look, to NAME.HOST in its working directory
// (client.c, fio_client_handle_iolog(), 3.33 to 3.42). So that is how files
// travel here: as such a log of one chunk.
//
// For jobs, from their own processes or threads.

#ifndef DAXMEND_IOENGINE_CLIENT_FILES_H_
#define DAXMEND_IOENGINE_CLIENT_FILES_H_

#include <string>

#include "ioengine/fio.h"

namespace daxmend {

// Sends the log `path` as it is now, and the inject.json beside it before it,
// where there is one, under their names without directories. Without a client,
// or without the log, does nothing. Throws Error where a file cannot be read,
// or there is no memory to send it; that the client has gone fio does not tell.
// The server has it in any case.
void SendToClient(thread_data* td, const std::string& path);

}  // namespace daxmend

#endif  // DAXMEND_IOENGINE_CLIENT_FILES_H_
