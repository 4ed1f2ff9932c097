umount /mnt/pmem
daxmend clear /dev/pmem0 >/dev/null
check "nothing is left" [ -z "$(bad_sectors)" ]
# The poison was on metadata too, which is zeros now.
case $fs in
  ext4) mkfs.ext4 -q -F -b 4096 /dev/pmem0 ;;
  xfs) mkfs.xfs -q -f -m reflink=0 /dev/pmem0 ;;
esac
mount -o dax=always /dev/pmem0 /mnt/pmem
finish
