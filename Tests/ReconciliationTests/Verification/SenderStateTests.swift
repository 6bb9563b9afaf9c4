import Reconciliation
import Testing

@Suite struct SenderStateTests {
    private static let good = SenderProfile(
        status: "A", profileStatus: "A", profileSpamLevel: "정상", messageSpamLevel: "정상", uuid: "@shop", name: "Shop")

    private func changed(_ change: (inout SenderProfile) -> Void) -> SenderTrouble? {
        var profile = Self.good
        change(&profile)
        return profile.trouble
    }

    @Test func `a normal profile has no trouble, nor has one of which nothing is said`() {
        #expect(Self.good.trouble == nil)
        #expect(SenderProfile().trouble == nil)
        #expect(SenderState(profile: nil, sanction: nil).trouble == nil)
        #expect(SenderState(profile: Self.good, sanction: nil).trouble == nil)
    }

    @Test func `each of what can be wrong has its word`() {
        #expect(changed { $0.profileStatus = "E" } == .deleting)
        #expect(changed { $0.profileStatus = "C" } == .deactivated)
        #expect(changed { $0.profileStatus = "B" } == .blocked)
        #expect(changed { $0.isBlocked = true } == .blocked)
        #expect(changed { $0.isDormant = true } == .dormant)
        #expect(changed { $0.profileSpamLevel = "영구제한" } == .limited)
        #expect(changed { $0.messageSpamLevel = "활동제한" } == .limited)
        #expect(changed { $0.profileSpamLevel = "경고제한" } == .warned)
        #expect(changed { $0.messageSpamLevel = "경고제한" } == .warned)
        #expect(changed { $0.messageSpamLevel = "새단계" } == .limited, "nobody knows what it means")
        #expect(changed { $0.status = "D" } == .unusual)
        #expect(changed { $0.profileStatus = "X" } == .unusual)
    }

    @Test func `the words are those of logs and alerts`() {
        #expect(
            SenderTrouble.allCases.map(\.rawValue) == [
                "deleting", "deactivated", "blocked", "dormant", "sanctioned", "limited", "unusual", "warned",
            ])
    }

    @Test func `of several the gravest is told`() {
        let all = SenderProfile(
            status: "D", isBlocked: true, isDormant: true, profileStatus: "E", profileSpamLevel: "경고제한",
            messageSpamLevel: "활동제한")
        #expect(all.trouble == .deleting)
        #expect(changed { ($0.isBlocked, $0.isDormant) = (true, true) } == .blocked)
        #expect(changed { ($0.isDormant, $0.messageSpamLevel) = (true, "활동제한") } == .dormant)
        #expect(changed { ($0.profileSpamLevel, $0.messageSpamLevel) = ("경고제한", "활동제한") } == .limited)
        #expect(changed { ($0.status, $0.messageSpamLevel) = ("D", "경고제한") } == .unusual)
    }

    @Test func `a sanction is trouble, and graver than a warning only`() {
        let sanction = SenderSanction(restrictedAt: Timestamp(seconds: 1_800_000_000), reasonType: "BZM")
        func trouble(_ profile: SenderProfile?) -> SenderTrouble? {
            SenderState(profile: profile, sanction: sanction).trouble
        }
        #expect(trouble(nil) == .sanctioned)
        #expect(trouble(Self.good) == .sanctioned)
        #expect(trouble(SenderProfile(messageSpamLevel: "경고제한")) == .sanctioned)
        #expect(trouble(SenderProfile(status: "D")) == .sanctioned)
        #expect(trouble(SenderProfile(messageSpamLevel: "활동제한")) == .limited)
        #expect(trouble(SenderProfile(isDormant: true)) == .dormant)
    }

    @Test func `a key is one word of ASCII, and shown by its beginning`() {
        #expect(SenderKey("0123456789abcdef0123456789abcdef01234567")?.description == "0123…")
        #expect(SenderKey("SENDER")?.description == "SENDER")
        for text in ["", "two words", "key\n", "열쇠", String(repeating: "a", count: 101)] {
            #expect(SenderKey(text) == nil)
        }
    }
}
