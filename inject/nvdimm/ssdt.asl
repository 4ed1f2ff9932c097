// SPDX-License-Identifier: GPL-2.0-only
//
// The firmware of the emulated NVDIMM: the root device's _DSM (ACPI 6.5,
// 9.20.7) over a table of poisoned clear units.
//
// QEMU's DSDT is revision 1, so integers are 32 bits wide, while addresses are
// 64. All work is therefore done in clear units counted from the range's base;
// only the edges of a call deal with the halves of an address. ACPICA works
// with 64 bits inside and cuts them off at its own pace: results that may carry
// or go negative are masked with MASK.
//
// The table (laid out by error_table.h) is a bitmap with one bit a clear unit.
// Level 0 has a dword for 32 units; each of the three levels above has a bit
// for every dword below that is not zero. Planting and clearing touch a few
// dwords, splitting a range costs nothing extra, and listing walks only what is
// poisoned. It is in reserved memory, which a reboot leaves alone, and so is
// RUNS, the number of ranges.

DefinitionBlock ("ssdt.aml", "SSDT", 2, "DAXMND", "NVDIMM  ", 1)
{
    Device (\_SB.NVDR)
    {
        Name (_HID, "ACPI0012")

        // Parameters that acpi_table.h fills in. Large initial values make iasl
        // give them four bytes.
        Name (PBLO, 0x7FFFFFF0)  // base of the range, low half
        Name (PBHI, 0x7FFFFFF1)  // and high half
        Name (PUNI, 0x7FFFFFF2)  // clear units in the range
        Name (PUSH, 0x7FFFFFF3)  // log2 of the clear unit in bytes
        Name (PCAP, 0x7FFFFFF4)  // ranges the table can hold
        Name (PTAB, 0x7FFFFFF5)  // address of the table (below 4 GiB)
        Name (PLV0, 0x7FFFFFF6)  // addresses of the levels
        Name (PLV1, 0x7FFFFFF7)
        Name (PLV2, 0x7FFFFFF8)
        Name (PLV3, 0x7FFFFFF9)
        Name (PTOP, 0x7FFFFFFA)  // dwords in level 3

        Name (MASK, 0xFFFFFFFF)

        OperationRegion (HEAD, SystemMemory, PTAB, 0x10)
        Field (HEAD, DWordAcc, NoLock, Preserve)
        {
            RUNS, 32   // ranges in the table
        }

        // The last scrub; forgotten in a reboot, as ARS status is.
        Name (ADON, 0)   // one was done
        Name (ABEG, 0)   // its first unit
        Name (AEND, 0)   // the unit after its last
        Name (ATYP, 0)   // its type and its flags

        // What a call was given. The fields are made once, here, because making
        // a field costs more than using it.
        Name (INPB, Buffer (0x18) {})
        CreateDWordField (INPB, 0x00, IALO)
        CreateDWordField (INPB, 0x04, IAHI)
        CreateDWordField (INPB, 0x08, ILLO)
        CreateDWordField (INPB, 0x0C, ILHI)
        CreateDWordField (INPB, 0x10, IOPT)
        // What it answers, when that is short.
        Name (OUT4, Buffer (0x04) {})
        CreateDWordField (OUT4, 0x00, O4ST)
        Name (OUT8, Buffer (0x08) {})
        CreateDWordField (OUT8, 0x00, O8ST)
        Name (OUTX, Buffer (0x10) {})
        CreateDWordField (OUTX, 0x00, OXST)
        CreateDWordField (OUTX, 0x04, OX04)
        CreateDWordField (OUTX, 0x08, OX08)
        CreateDWordField (OUTX, 0x0C, OX0C)

        // The units a call is about: [UBEG, UEND). UODD is not zero when the
        // call began or ended inside a unit.
        Name (UBEG, 0)
        Name (UEND, 0)
        Name (UODD, 0)

        // Turns the call's address and length into units, outwards. False when
        // any of it is outside the range or there is nothing of it.
        Method (UNIT)
        {
            // Offset of the first byte from the base: Local1:Local0.
            Local0 = ((IALO - PBLO) & MASK)
            Local1 = ((IAHI - PBHI) & MASK)
            If (IALO < PBLO) { Local1 = ((Local1 - 1) & MASK) }
            // Offset of the byte after the last: Local3:Local2.
            Local2 = ((Local0 + ILLO) & MASK)
            Local3 = ((Local1 + ILHI) & MASK)
            If (Local2 < Local0)
            {
                Local3 = ((Local3 + 1) & MASK)
                If (Local3 <= Local1) { Return (Zero) }
            }
            ElseIf (Local3 < Local1) { Return (Zero) }
            // Round the end up, then shift both right across the halves.
            Local4 = ((1 << PUSH) - 1)
            UODD = ((Local0 | Local2) & Local4)
            Local5 = ((Local2 + Local4) & MASK)
            If (Local5 < Local2)
            {
                Local3 = ((Local3 + 1) & MASK)
                If (Local3 == 0) { Return (Zero) }
            }
            If ((Local1 >> PUSH) || (Local3 >> PUSH)) { Return (Zero) }
            Local6 = (32 - PUSH)
            UBEG = (((Local1 << Local6) & MASK) | (Local0 >> PUSH))
            UEND = (((Local3 << Local6) & MASK) | (Local5 >> PUSH))
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

        // Level 0's dword Arg0 is no longer zero (Arg1 true), or has become
        // zero: tells the levels above, as far as it matters there.
        Method (TELL, 2)
        {
            Local0 = Arg0
            Local4 = 1
            While (Local4 < 4)
            {
                Local1 = (1 << (Local0 & 31))
                Local0 = (Local0 >> 5)
                If (Local4 == 1) { Local2 = PLV1 }
                ElseIf (Local4 == 2) { Local2 = PLV2 }
                Else { Local2 = PLV3 }
                Local3 = POKE (Local2 + (Local0 << 2), Local1, Arg1)
                If (Arg1) { If (Local3) { Return } }
                ElseIf (Local3 != Local1) { Return }
                Local4++
            }
        }

        // Plants (Arg2 true) or clears the bits Arg1, which are adjacent, in
        // level 0's dword Arg0. A range begins at a bit whose lower neighbour
        // is zero: RUNS changes by what begins in or right above the bits now,
        // less what did before.
        Method (ALTR, 3, Serialized)
        {
            OperationRegion (CELL, SystemMemory, (PLV0 + (Arg0 << 2)) - 4, 12)
            Field (CELL, DWordAcc, NoLock, Preserve)
            {
                BELW, 32,
                DATA, 32,
                ABOV, 32
            }
            Local0 = DATA
            If (Arg2) { Local1 = (Local0 | Arg1) }
            Else { Local1 = (Local0 & ~Arg1) }
            If (Local0 == Local1) { Return }
            DATA = Local1

            // What is right below each bit.
            Local2 = (((Local0 << 1) & MASK) | (BELW >> 31))
            Local3 = 0
            If (Arg2)
            {
                If (!(Local2 & Arg1 & ~(Arg1 << 1))) { Local3 = 1 }
            }
            Else
            {
                Local4 = ((Local0 >> 1) | ((ABOV << 31) & MASK))
                If (Local4 & Arg1 & ~(Arg1 >> 1)) { Local3 = 1 }
            }
            Local4 = (Local0 & ~Local2 & (Arg1 | (Arg1 << 1)) & MASK)
            While (Local4)
            {
                Local3--
                Local4 &= (Local4 - 1)
            }
            If ((Arg1 >> 31) && !(Local0 >> 31) && (ABOV & 1)) { Local3-- }
            If (Local3) { RUNS = ((RUNS + Local3) & MASK) }

            If (!Local0) { TELL (Arg0, 1) }
            ElseIf (!Local1) { TELL (Arg0, 0) }
        }

        // Walking what is poisoned in [UBEG, UEND). WHAT says why:
        Name (WHAT, 0)   // 0 list, 1 clear, 2 is there any?
        Name (WEND, 0)   // stop: there is one, or the answer is full

        Method (WALK)
        {
            WEND = 0
            Local0 = 0
            While ((Local0 < PTOP) && !WEND)
            {
                DOWN (3, Local0)
                Local0++
            }
        }

        // Goes through dword Arg1 of level Arg0.
        Method (DOWN, 2)
        {
            If (Arg0 == 3) { Local0 = PEEK (PLV3 + (Arg1 << 2)) }
            ElseIf (Arg0 == 2) { Local0 = PEEK (PLV2 + (Arg1 << 2)) }
            Else { Local0 = PEEK (PLV1 + (Arg1 << 2)) }
            // Log2 of the units below one bit of this dword.
            Local1 = (Arg0 * 5)
            While (Local0 && !WEND)
            {
                Local2 = ((Arg1 << 5) + FindSetRightBit (Local0) - 1)
                Local0 &= (Local0 - 1)
                If (Local2 > ((UEND - 1) >> Local1)) { Return }
                If (Local2 >= (UBEG >> Local1))
                {
                    If (Arg0 > 1) { DOWN (Arg0 - 1, Local2) }
                    ElseIf (WHAT == 0) { LIST (Local2) }
                    ElseIf (WHAT == 1) { ALTR (Local2, COVR (Local2), 0) }
                    ElseIf (PEEK (PLV0 + (Local2 << 2)) & COVR (Local2))
                    {
                        WEND = 1
                    }
                }
            }
        }

        // A listing: RCNT records so far in RBUF, at most RMAX, the first at
        // RHDR, RLEN bytes each; the range [RBEG, REND) is not among them yet
        // because it may go on.
        Name (RBUF, Buffer (0x30) {})
        Name (RCNT, 0)
        Name (RMAX, 0)
        Name (RHDR, 0)
        Name (RLEN, 0)
        Name (RBEG, 0)
        Name (REND, 0)

        // Address and length, as records and headers have them, of the units
        // from Arg0 to Arg1.
        Name (SPAN, Buffer (0x10) {})
        CreateDWordField (SPAN, 0x00, SALO)
        CreateDWordField (SPAN, 0x04, SAHI)
        CreateDWordField (SPAN, 0x08, SLLO)
        CreateDWordField (SPAN, 0x0C, SLHI)
        Method (SETS, 2)
        {
            Local0 = (32 - PUSH)
            Local1 = ((Arg0 << PUSH) & MASK)
            Local2 = ((Local1 + PBLO) & MASK)
            Local3 = ((Arg0 >> Local0) + PBHI)
            If (Local2 < Local1) { Local3++ }
            SALO = Local2
            SAHI = Local3
            Local1 = (Arg1 - Arg0)
            SLLO = ((Local1 << PUSH) & MASK)
            SLHI = (Local1 >> Local0)
        }

        // Puts SPAN into RBUF at byte Arg0.
        Method (PUTS, 1, Serialized)
        {
            CreateField (RBUF, Arg0 << 3, 128, SLOT)
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
            SETS (RBEG, REND)
            PUTS (RHDR + (RCNT * RLEN))
            RCNT++
            RBEG = REND
        }

        // Lists level 0's dword Arg0.
        Method (LIST, 1)
        {
            Local0 = (PEEK (PLV0 + (Arg0 << 2)) & COVR (Arg0))
            While (Local0)
            {
                Local1 = (FindSetRightBit (Local0) - 1)
                Local2 = (~(Local0 >> Local1) & MASK)
                If (Local2) { Local2 = (FindSetRightBit (Local2) - 1) }
                Else { Local2 = 32 }
                Local3 = ((Arg0 << 5) + Local1)
                If (Local3 != REND)
                {
                    EMIT ()
                    If (WEND) { Return }
                    RBEG = Local3
                }
                REND = (Local3 + Local2)
                Local0 &= ~(((1 << Local2) - 1) << Local1)
            }
        }

        // Lists [UBEG, UEND) into a new RBUF: a header of Arg0 bytes, records
        // of Arg1 with address and length in the last 16 of them. RBEG != REND
        // afterwards when RBEG is where it had to stop for want of room.
        Method (RECS, 2)
        {
            RMAX = RUNS
            If (RMAX > PCAP) { RMAX = PCAP }
            RLEN = Arg1
            RHDR = (Arg0 + Arg1 - 16)
            CopyObject (Buffer (Arg0 + (RMAX * Arg1)) {}, RBUF)
            RCNT = 0
            RBEG = UBEG
            REND = UBEG
            WHAT = 0
            WALK ()
            EMIT ()
        }

        // RBUF, cut to the Arg0 bytes of its header and its records, with
        // Arg1 as its status.
        Method (DONE, 2, Serialized)
        {
            Local0 = (Arg0 + (RCNT * RLEN))
            CreateDWordField (RBUF, 0, STAT)
            STAT = Arg1
            If (Local0 == SizeOf (RBUF)) { Return (RBUF) }
            Return (Mid (RBUF, 0, Local0))
        }

        // Function 1, query ARS capabilities: persistent memory can be scrubbed
        // (bit 17); poison is announced by Notify (flags bit 0).
        Method (FCAP)
        {
            OX04 = 0
            OX08 = 0
            OX0C = 0
            If (!UNIT ())
            {
                OXST = 2
                Return (OUTX)
            }
            OXST = 0x00020000
            OX04 = (48 + (PCAP * 24))
            OX08 = (1 << PUSH)
            OX0C = 1
            Return (OUTX)
        }

        // Function 2, start ARS: done at once, a table needs no time. Only
        // persistent memory (type 2) is there to scrub.
        Method (FSTA)
        {
            If (((IOPT & 0xFFFF) != 2) || !UNIT ())
            {
                O8ST = 2
                Return (OUT8)
            }
            ABEG = UBEG
            AEND = UEND
            ATYP = (IOPT & 0x00FFFFFF)
            ADON = 1
            O8ST = 0
            Return (OUT8)
        }

        // Function 3, query ARS status. Extended status 2: no scrub since boot;
        // 3: it stopped because the records did not fit (flags bit 0), and goes
        // on from the restart address.
        Method (FSTS, 0, Serialized)
        {
            If (ADON)
            {
                UBEG = ABEG
                UEND = AEND
            }
            Else
            {
                UBEG = 0
                UEND = 0
            }
            RECS (48, 24)
            CreateDWordField (RBUF, 4, SIZE)
            CreateWordField (RBUF, 40, TYPE)
            CreateWordField (RBUF, 42, FLAG)
            CreateDWordField (RBUF, 44, RECN)
            SIZE = (48 + (RCNT * 24))
            RECN = RCNT
            If (!ADON) { Return (DONE (48, 0x00020000)) }
            TYPE = (ATYP & 0xFFFF)
            Local0 = 0
            Local1 = AEND
            If (RBEG != REND)
            {
                Local0 = 0x00030000
                Local1 = RBEG
                SETS (Local1, AEND)
                PUTS (24)
                FLAG = 1
            }
            SETS (ABEG, Local1)
            PUTS (8)
            Return (DONE (48, Local0))
        }

        // Function 4, clear uncorrectable error: whole clear units only.
        Method (FCLR)
        {
            OX04 = 0
            OX08 = 0
            OX0C = 0
            If (!UNIT () || UODD)
            {
                OXST = 2
                Return (OUTX)
            }
            If (RUNS) { WIPE () }
            OXST = 0
            OX08 = ILLO
            OX0C = ILHI
            Return (OUTX)
        }

        // Clears [UBEG, UEND).
        Method (WIPE)
        {
            Local0 = (UBEG >> 5)
            If (Local0 == ((UEND - 1) >> 5)) { ALTR (Local0, COVR (Local0), 0) }
            Else
            {
                WHAT = 1
                WALK ()
            }
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
                WHAT = 2
                WALK ()
                UBEG = Local0
                UEND = Local1
                If (!WEND) { Return (OUT4) }
            }
            Local0 = (UBEG >> 5)
            While (Local0 <= ((UEND - 1) >> 5))
            {
                ALTR (Local0, COVR (Local0), 1)
                Local0++
            }
            If (IOPT & 1) { Notify (NVDR, 0x81) }
            O4ST = 0
            Return (OUT4)
        }

        // Function 8, ARS error inject clear.
        Method (FUNI)
        {
            O4ST = 2
            If (!UNIT ()) { Return (OUT4) }
            If (RUNS) { WIPE () }
            O4ST = 0
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
            Return (DONE (8, 0))
        }

        Method (_DSM, 4, Serialized)
        {
            If ((Arg0 != ToUUID ("2F10E7A4-9E91-11E4-89D3-123B93F75CBA")) ||
                (Arg1 != 1))
            {
                Return (Buffer (1) {0})
            }
            If (Arg2 == 0) { Return (Buffer (2) {0x9F, 0x03}) }
            If (Arg2 == 3) { Return (FSTS ()) }
            If (Arg2 == 9) { Return (FINS ()) }

            // The others begin with an address and a length.
            Local1 = 0
            If (SizeOf (Arg3))
            {
                Local0 = DerefOf (Arg3 [0])
                Local1 = SizeOf (Local0)
            }
            INPB = Buffer (0x18) {}
            If (Local1 >= 16) { INPB = Local0 }
            If (Arg2 == 4) { Return (FCLR ()) }
            If (Arg2 == 1) { Return (FCAP ()) }
            If (Arg2 == 2) { Return (FSTA ()) }
            If (Arg2 == 7) { Return (FINJ ()) }
            If (Arg2 == 8) { Return (FUNI ()) }
            // Not supported.
            O4ST = 1
            Return (OUT4)
        }
    }
}
