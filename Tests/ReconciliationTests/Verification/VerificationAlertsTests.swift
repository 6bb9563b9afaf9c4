import Reconciliation
import Testing

@Suite struct VerificationAlertsTests {
    private func difference(_ kind: Difference.Kind, _ key: String, _ code: String? = "64008") -> Difference {
        Difference(
            kind, MessageKey(key), rowStatus: kind == .missingRow ? nil : .sent, code: code.flatMap { ReportCode($0) },
            acceptedAt: nil)
    }

    @Test("what is new is told, with its codes; a delivery is no code worth telling")
    func new() {
        let found = [
            difference(.falseSent, "a"), difference(.falseSent, "b", "56003"), difference(.falseSent, "c"),
            difference(.missingRow, "d", "10000"), difference(.missingRow, "e", nil),
        ]
        #expect(
            found.observations(known: [])
                == [
                    .occurred(
                        .falseSent,
                        AlertOccurrence(
                            count: 3, examples: ["a", "b", "c"].map { MessageKey($0) }, tally: ["64008": 2, "56003": 1])
                    ),
                    .occurred(.missingRows, AlertOccurrence(count: 2, examples: ["d", "e"].map { MessageKey($0) })),
                ])
    }

    @Test("what was told before goes on, and counts no more")
    func known() {
        let old = [difference(.falseSent, "a"), difference(.missingRow, "d")]
        #expect(old.observations(known: Set(old)) == [.persists(.falseSent), .persists(.missingRows)])
        let mixed = old + [difference(.falseSent, "b")]
        #expect(
            mixed.observations(known: Set(old))
                == [
                    .occurred(
                        .falseSent, AlertOccurrence(count: 1, examples: [MessageKey("b")], tally: ["64008": 1])),
                    .persists(.missingRows),
                ])
    }

    @Test("what was healed is told as a late report, and not here")
    func healed() {
        #expect([difference(.healed, "a", "10000")].observations(known: []).isEmpty)
        #expect([Difference]().observations(known: []).isEmpty)
    }

    @Test("there are ten examples at most")
    func examples() {
        let many = (0..<50).map { difference(.falseSent, "k\($0)") }
        guard case .occurred(.falseSent, let occurrence)? = many.observations(known: []).first else {
            Issue.record("nothing is told")
            return
        }
        #expect(occurrence.count == 50)
        #expect(occurrence.examples.count == Alert.maximumExamples)
    }

    @Test("a sender in trouble is named as people know it, and one that was warned still sends")
    func senders() throws {
        let key = try #require(SenderKey("0123456789abcdef"))
        func observation(_ profile: SenderProfile?, _ sanction: SenderSanction? = nil) -> AlertObservation {
            SenderState(profile: profile, sanction: sanction).observation(of: key)
        }
        #expect(observation(nil) == .over(key.identity))
        #expect(observation(SenderProfile(status: "A")) == .over(key.identity))
        #expect(observation(SenderProfile(profileSpamLevel: "경고제한")) == .over(key.identity))
        #expect(
            observation(SenderProfile(isDormant: true, uuid: "@us")) == .holds(key.identity, detail: "@us: dormant"))
        #expect(observation(nil, SenderSanction()) == .holds(key.identity, detail: "0123…: sanctioned"))
        #expect(key.identity.dedupKey == "SenderBlocked{sender=0123456789abcdef}")
    }
}
