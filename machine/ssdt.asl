// SPDX-License-Identifier: GPL-2.0-only
//
// The firmware of the emulated NVDIMM: the root device's _DSM (ACPI 6.5,
// 9.20.7) over a table of poisoned clear units.
//
// QEMU's DSDT is revision 1, so integers are 32 bits wide, while addresses are
// 64. Addresses are therefore read and written by fields that leave out what is
// below a clear unit: what remains has 32 bits, and all work is done in units.
// ACPICA works with 64 bits inside and cuts them off at its own pace: a result
// that may carry or go negative is masked with MASK, or only used in ways that
// are right both ways.
//
// The table (laid out by error_table.h) is a bitmap with one bit a clear unit.
// Level 0 has a dword for 32 units; each of the three levels above has a bit
// for every dword below that may not be zero. Clearing leaves the levels above
// alone; the next walk drops what has become empty. So planting and clearing
// touch a few dwords, splitting a range costs nothing extra, and listing walks
// only what is, or was lately, poisoned. The table is in reserved memory, which
// a reboot leaves alone, and so is RUNS, the number of ranges.
//
// The interpreter ends a While that takes 30 seconds of the guest's clock
// (ACPI_MAX_LOOP_TIMEOUT, Linux 6.1 to 7.3), which a listing of some hundred
// ranges does where the host is busy enough; a call fails then with EINVAL. So
// loops stay within a dword, and what goes through dwords calls itself.
//
// An operation costs the kernel's interpreter about 5,000 instructions, a method
// or a region of its own 10,000 to 20,000 (6.1): clearing, which a repair waits
// for, is kept short.

DefinitionBlock ("ssdt.aml", "SSDT", 2, "DAXMND", "NVDIMM  ", 1)
{
    Device (\_SB.NVDR)
    {
        Name (_HID, "ACPI0012")

        // Parameters that acpi_table.h fills in. Large initial values make iasl
        // give them four bytes.
        Name (PBAS, 0x7FFFFFF0)  // base of the range in clear units
        Name (PUNI, 0x7FFFFFF1)  // clear units in the range
        Name (PUSH, 0x7FFFFFF2)  // log2 of the clear unit in bytes
        Name (PCAP, 0x7FFFFFF3)  // ranges the table can hold
        Name (PTAB, 0x7FFFFFF4)  // address of the table (below 4 GiB)
        Name (PLV0, 0x7FFFFFF5)  // addresses of the levels
        Name (PLV1, 0x7FFFFFF6)
        Name (PLV2, 0x7FFFFFF7)
        Name (PLV3, 0x7FFFFFF8)
        Name (PTOP, 0x7FFFFFF9)  // dwords in level 3

        Name (MASK, 0xFFFFFFFF)
        Name (UUID, ToUUID ("2F10E7A4-9E91-11E4-89D3-123B93F75CBA"))

        // What comes behind these eight bytes, the number of the guest's boots, is
        // not the firmware's to write.
        OperationRegion (HEAD, SystemMemory, PTAB, 0x08)
        Field (HEAD, DWordAcc, NoLock, Preserve)
        {
            RUNS, 32   // ranges in the table
        }

        // The last scrub; forgotten in a reboot, as ARS status is.
        Name (ADON, 0)   // one was done
        Name (ABEG, 0)   // its first unit
        Name (AEND, 0)   // the unit after its last

        // What a call was given: address, length, and options or type. The
        // fields are made once, here, because making one costs more than using
        // it.
        Name (INPB, Buffer (0x18) {})
        CreateField (INPB, 0, PUSH, IARM)               // address in its unit
        CreateField (INPB, PUSH, 32, IADR)              // in units
        CreateField (INPB, PUSH + 32, 32 - PUSH, IAHI)  // beyond 32 bits
        CreateField (INPB, 64, PUSH, ILRM)              // length, likewise
        CreateField (INPB, 64 + PUSH, 32, ILEN)
        CreateField (INPB, 96 + PUSH, 32 - PUSH, ILHI)
        CreateField (INPB, PUSH + 32, 32, IMID)         // IAHI and ILRM
        CreateDWordField (INPB, 0x10, IOPT)
        CreateWordField (INPB, 0x10, ITYP)
        // Address and length as records and headers have them.
        Name (SPAN, Buffer (0x10) {})
        CreateField (SPAN, PUSH, 32, SADR)
        CreateField (SPAN, 64 + PUSH, 32, SLEN)

        // What a call answers, when that is short.
        Name (OUT4, Buffer (0x04) {})
        CreateDWordField (OUT4, 0x00, O4ST)
        Name (OUT8, Buffer (0x08) {})
        CreateDWordField (OUT8, 0x00, O8ST)
        Name (OCAP, Buffer (0x10) {})
        CreateDWordField (OCAP, 0x00, OCST)
        CreateDWordField (OCAP, 0x04, OCMX)
        CreateDWordField (OCAP, 0x08, OCUN)
        CreateDWordField (OCAP, 0x0C, OCFL)
        Name (OCLR, Buffer (0x10) {})
        CreateField (OCLR, 64 + PUSH, 32, OLLN)

        // Of the capabilities: persistent memory can be scrubbed (bit 17), and
        // poison is announced by Notify (flags bit 0).
        Method (_INI)
        {
            OCST = 0x00020000
            OCMX = (48 + (PCAP * 24))
            OCUN = (1 << PUSH)
            OCFL = 1
        }

        // The units a call is about: [UBEG, UEND).
        Name (UBEG, 0)
        Name (UEND, 0)

        // Turns the address and length of a call for whole units into units.
        // False when they are not whole, any is outside the range, or there are
        // none. An address below the base becomes a number larger than PUNI.
        Method (WHOL)
        {
            If (IARM | IMID | ILHI) { Return (Zero) }
            UBEG = (IADR - PBAS)
            UEND = (UBEG + ILEN)
            Return ((UBEG < UEND) && (UEND <= PUNI))
        }

        // The same, rounding outwards what is not whole.
        Method (UNIT)
        {
            If (WHOL ()) { Return (One) }
            If (IAHI | ILHI | !(ILEN | ILRM)) { Return (Zero) }
            UBEG = (IADR - PBAS)
            UEND = (UBEG + ILEN + ((IARM + ILRM + (1 << PUSH) - 1) >> PUSH))
            Return ((UBEG < UEND) && (UEND <= PUNI))
        }

        // The bits of level 0's dword Arg0 that [UBEG, UEND) covers.
        Method (COVR, 1)
        {
            Local0 = (Arg0 << 5)
            Local1 = MASK
            If (UBEG > Local0) { Local1 = ((Local1 << (UBEG - Local0)) & MASK) }
            Local2 = (UEND - Local0)
            If (Local2 < 32) { Local1 &= ((1 << Local2) - 1) }
            Return (Local1)
        }

        // The dword at address Arg0.
        Method (PEEK, 1, Serialized)
        {
            OperationRegion (CELL, SystemMemory, Arg0, 4)
            Field (CELL, DWordAcc, NoLock, Preserve) { DATA, 32 }
            Return (DATA)
        }

        // Sets (Arg2 true) or clears the bits Arg1 of the dword at Arg0, and
        // returns what was there.
        Method (POKE, 3, Serialized)
        {
            OperationRegion (CELL, SystemMemory, Arg0, 4)
            Field (CELL, DWordAcc, NoLock, Preserve) { DATA, 32 }
            Local0 = DATA
            If (Arg2) { DATA = (Local0 | Arg1) }
            Else { DATA = (Local0 & ~Arg1) }
            Return (Local0)
        }

        // Where level Arg0 is.
        Method (LEVL, 1)
        {
            If (Arg0 == 1) { Return (PLV1) }
            If (Arg0 == 2) { Return (PLV2) }
            Return (PLV3)
        }

        // Tells the levels above that level 0's dword Arg0 is not zero.
        Method (TELL, 1)
        {
            Local0 = Arg0
            Local1 = 1
            While (Local1 < 4)
            {
                Local2 = (1 << (Local0 & 31))
                Local0 >>= 5
                If (POKE (LEVL (Local1) + (Local0 << 2), Local2, 1) & Local2)
                {
                    Return
                }
                Local1++
            }
        }

        // Plants (Arg2 true) or clears the bits Arg1 in level 0's dword Arg0,
        // and returns what it is now. A range begins at a bit whose lower
        // neighbour is not poisoned: RUNS changes by what begins in the dword
        // and right above it.
        Method (ALTR, 3, Serialized)
        {
            OperationRegion (CELL, SystemMemory, (PLV0 + (Arg0 << 2)) - 4, 12)
            Field (CELL, DWordAcc, NoLock, Preserve)
            {
                Offset (3), , 7,
                BELW, 1,
                DATA, 32,
                ABOV, 1
            }
            Local0 = DATA
            Local1 = (Local0 | Arg1)
            If (!Arg2) { Local1 ^= Arg1 }
            If (Local0 == Local1) { Return (Local0) }
            DATA = Local1

            // Ranges fewer.
            Local2 = 0
            Local3 = (Local0 & ~((Local0 << 1) | BELW))
            While (Local3)
            {
                Local3 &= (Local3 - 1)
                Local2++
            }
            If (Local1)
            {
                Local3 = (Local1 & ~((Local1 << 1) | BELW))
                While (Local3)
                {
                    Local3 &= (Local3 - 1)
                    Local2--
                }
            }
            If (ABOV) { Local2 += ((Local1 >> 31) - (Local0 >> 31)) }
            RUNS -= Local2
            If (!Local0) { TELL (Arg0) }
            Return (Local1)
        }

        // Walking what is poisoned in [UBEG, UEND). WHAT says why:
        Name (WHAT, 0)   // 0 list, 1 clear, 2 is there any?
        Name (WEND, 0)   // stop: there is one, or the answer is full
        Name (WBEG, 0)   // first and
        Name (WLST, 0)   // last dword of level 0

        Method (WALK, 1)
        {
            WHAT = Arg0
            WEND = 0
            WBEG = (UBEG >> 5)
            WLST = ((UEND - 1) >> 5)
            TOPS (0, PTOP)
        }

        // Goes through the dwords [Arg0, Arg1) of level 3.
        Method (TOPS, 2)
        {
            If ((Arg1 - Arg0) == 1) { DOWN (3, Arg0) }
            Else
            {
                Local0 = ((Arg0 + Arg1) >> 1)
                TOPS (Arg0, Local0)
                TOPS (Local0, Arg1)
            }
        }

        // Goes through dword Arg1 of level Arg0; returns whether anything is
        // left.
        Method (DOWN, 2)
        {
            Local0 = (LEVL (Arg0) + (Arg1 << 2))
            EACH (Arg0, Arg1 << 5, PEEK (Local0), Local0)
            Return (PEEK (Local0))
        }

        // Goes through what is below the bits Arg2 of the dword at Arg3, whose
        // lowest bit is for dword Arg1 of the level below Arg0, and drops the
        // bits of what has become empty.
        Method (EACH, 4)
        {
            If (!Arg2 || WEND) { Return }
            Local0 = (FindSetRightBit (Arg2) - 1)
            Local1 = (Arg1 + Local0)
            Local2 = ((Arg0 - 1) * 5)
            If (Local1 > (WLST >> Local2)) { Return }
            If (Local1 >= (WBEG >> Local2))
            {
                If (Arg0 == 1) { Local3 = LEAF (Local1) }
                Else { Local3 = DOWN (Arg0 - 1, Local1) }
                If (!Local3) { POKE (Arg3, 1 << Local0, 0) }
            }
            EACH (Arg0, Arg1, Arg2 & (Arg2 - 1), Arg3)
        }

        // Does what WHAT says to level 0's dword Arg0; returns what is left.
        Method (LEAF, 1)
        {
            Local1 = MASK
            If ((Arg0 == WBEG) || (Arg0 == WLST)) { Local1 = COVR (Arg0) }
            If (WHAT == 1) { Return (ALTR (Arg0, Local1, 0)) }
            Local0 = PEEK (PLV0 + (Arg0 << 2))
            Local1 &= Local0
            If (Local1)
            {
                If (WHAT) { WEND = 1 }
                Else { LIST (Arg0 << 5, Local1) }
            }
            Return (Local0)
        }

        // A listing: RCNT records so far in RBUF, at most RMAX, the first at
        // bit RHDR, RLEN bits each; the range [RBEG, REND) is not among them
        // yet because it may go on.
        Name (RBUF, Buffer (0x30) {})
        Name (RCNT, 0)
        Name (RMAX, 0)
        Name (RHDR, 0)
        Name (RLEN, 0)
        Name (RBEG, 0)
        Name (REND, 0)

        // Lists the bits Arg1 of the dword that begins with unit Arg0.
        Method (LIST, 2)
        {
            Local0 = Arg1
            While (Local0)
            {
                Local1 = (FindSetRightBit (Local0) - 1)
                // Without the bits that are next to the lowest.
                Local2 = (Local0 & (Local0 + (1 << Local1)) & MASK)
                Local3 = (Arg0 + Local1)
                If (Local3 != REND)
                {
                    EMIT ()
                    If (WEND) { Return }
                    RBEG = Local3
                }
                REND = (Arg0 + FindSetLeftBit (Local0 ^ Local2))
                Local0 = Local2
            }
        }

        // Puts address and length of the units from Arg0 to Arg1 into RBUF at
        // bit Arg2.
        Method (PUTS, 3, Serialized)
        {
            SADR = (PBAS + Arg0)
            SLEN = (Arg1 - Arg0)
            CreateField (RBUF, Arg2, 128, SLOT)
            SLOT = SPAN
        }

        // Ends the range that may go on.
        Method (EMIT)
        {
            If (RBEG == REND) { Return }
            If (RCNT == RMAX)
            {
                WEND = 1
                Return
            }
            PUTS (RBEG, REND, RHDR + (RCNT * RLEN))
            RCNT++
            RBEG = REND
        }

        // Lists [UBEG, UEND) into a new RBUF: a header of Arg0 bytes, records
        // of Arg1 with address and length in the last 16 of them. RBEG != REND
        // afterwards when RBEG is where it had to stop for want of room.
        Method (RECS, 2)
        {
            RMAX = RUNS
            If (RMAX > PCAP) { RMAX = PCAP }
            RLEN = (Arg1 << 3)
            RHDR = ((Arg0 + Arg1 - 16) << 3)
            CopyObject (Buffer (Arg0 + (RMAX * Arg1)) {}, RBUF)
            RCNT = 0
            RBEG = UBEG
            REND = UBEG
            If (RMAX && (UBEG < UEND)) { WALK (0) }
            EMIT ()
        }

        // RBUF, cut to the Arg0 bytes of its header and its records.
        Method (DONE, 1)
        {
            Return (Mid (RBUF, 0, Arg0 + (RCNT * (RLEN >> 3))))
        }

        // Clears [UBEG, UEND).
        Method (WIPE)
        {
            Local0 = (UBEG >> 5)
            If (Local0 == ((UEND - 1) >> 5))
            {
                ALTR (Local0, ((1 << (UEND - UBEG)) - 1) << (UBEG & 31), 0)
            }
            Else { WALK (1) }
        }

        // Function 1, query ARS capabilities.
        Method (FCAP)
        {
            If (UNIT ()) { Return (OCAP) }
            Return (Buffer (0x10) {2})
        }

        // Function 2, start ARS: done at once, a table needs no time. Only
        // persistent memory (type 2) is there to scrub.
        Method (FSTA)
        {
            O8ST = 2
            If ((ITYP == 2) && UNIT ())
            {
                ABEG = UBEG
                AEND = UEND
                ADON = 1
                O8ST = 0
            }
            Return (OUT8)
        }

        // Function 3, query ARS status. Extended status 2: no scrub since boot;
        // 3: it stopped because the records did not fit (flags bit 0), and goes
        // on from the restart address.
        Method (FSTS, 0, Serialized)
        {
            UBEG = ABEG
            UEND = AEND
            RECS (48, 24)
            CreateDWordField (RBUF, 0, STAT)
            CreateDWordField (RBUF, 4, SIZE)
            CreateWordField (RBUF, 40, TYPE)
            CreateWordField (RBUF, 42, FLAG)
            CreateDWordField (RBUF, 44, RECN)
            SIZE = (48 + (RCNT * 24))
            If (ADON)
            {
                TYPE = 2
                RECN = RCNT
                Local0 = AEND
                If (RBEG != REND)
                {
                    STAT = 0x00030000
                    FLAG = 1
                    Local0 = RBEG
                    PUTS (Local0, AEND, 24 << 3)
                }
                PUTS (ABEG, Local0, 8 << 3)
            }
            Else { STAT = 0x00020000 }
            Return (DONE (48))
        }

        // Function 4, clear uncorrectable error: whole clear units only.
        Method (FCLR)
        {
            If (WHOL ())
            {
                If (RUNS) { WIPE () }
                OLLN = ILEN
                Return (OCLR)
            }
            Return (Buffer (0x10) {2})
        }

        // Poisons all units of level 0's dwords [Arg0, Arg1).
        Method (FILL, 2)
        {
            If (Arg0 >= Arg1) { Return }
            Local0 = ((Arg0 + Arg1) >> 1)
            FILL (Arg0, Local0)
            ALTR (Local0, MASK, 1)
            FILL (Local0 + 1, Arg1)
        }

        // Function 7, ARS error inject. A table that is full takes only what
        // joins a range it has; anything else is refused before it begins.
        Method (FINJ)
        {
            O4ST = 2
            If (!UNIT ()) { Return (OUT4) }
            If (RUNS >= PCAP)
            {
                Local0 = UBEG
                Local1 = UEND
                If (UBEG) { UBEG-- }
                If (UEND < PUNI) { UEND++ }
                WALK (2)
                UBEG = Local0
                UEND = Local1
                If (!WEND) { Return (OUT4) }
            }
            Local0 = (UBEG >> 5)
            Local1 = ((UEND - 1) >> 5)
            ALTR (Local0, COVR (Local0), 1)
            If (Local0 < Local1)
            {
                FILL (Local0 + 1, Local1)
                ALTR (Local1, COVR (Local1), 1)
            }
            If (IOPT & 1) { Notify (NVDR, 0x81) }
            O4ST = 0
            Return (OUT4)
        }

        // Function 8, ARS error inject clear.
        Method (FUNI)
        {
            O4ST = 2
            If (UNIT ())
            {
                If (RUNS) { WIPE () }
                O4ST = 0
            }
            Return (OUT4)
        }

        // Function 9, ARS error inject status query.
        Method (FINS, 0, Serialized)
        {
            UBEG = 0
            UEND = PUNI
            RECS (8, 16)
            CreateDWordField (RBUF, 4, RECN)
            RECN = RCNT
            Return (DONE (8))
        }

        // Function Arg0 with the package Arg1.
        Method (CALL, 2)
        {
            // A shorter input is filled with zeros, and no length is invalid.
            If (SizeOf (Arg1)) { INPB = DerefOf (Arg1 [0]) }
            Else { INPB = Buffer (1) {} }
            If (Arg0 == 4) { Return (FCLR ()) }
            If (Arg0 == 1) { Return (FCAP ()) }
            If (Arg0 == 2) { Return (FSTA ()) }
            If (Arg0 == 3) { Return (FSTS ()) }
            If (Arg0 == 7) { Return (FINJ ()) }
            If (Arg0 == 8) { Return (FUNI ()) }
            If (Arg0 == 9) { Return (FINS ()) }
            // 0: the functions there are.
            If (Arg0 == 0) { Return (Buffer (2) {0x9F, 0x03}) }
            // Not supported.
            O4ST = 1
            Return (OUT4)
        }

        // Answers with a copy: the next caller may be let in before an answer that
        // has a name of its own has been read.
        Method (_DSM, 4, Serialized)
        {
            If ((Arg0 == UUID) && (Arg1 == 1))
            {
                Local0 = CALL (Arg2, Arg3)
                Return (Local0)
            }
            Return (Buffer (1) {0})
        }
    }
}
