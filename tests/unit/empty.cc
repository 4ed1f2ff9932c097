// SPDX-License-Identifier: GPL-2.0-only
// A target needs a source; this one is only for its precompiled headers.
