#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# In the guest: validates its firmware, and leaves the tool's own exit status.
daxmend validate --bus ndbus0 --namespace namespace0.0 --destructive \
  --json /out/validate.json
status=$?
echo $status >/out/status
exit $status
