/// The key of a sender profile, in whose name AlimTalk messages go out. No secret, but nobody needs the whole of it in a log.
package struct SenderKey: Hashable, Sendable, CustomStringConvertible {
    package let text: String

    /// Nil for what cannot be one: it is printable ASCII without a space, and not longer than a line.
    package init?(_ text: String) {
        guard (1...100).contains(text.utf8.count), text.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else {
            return nil
        }
        self.text = text
    }

    /// The beginning of it: enough to tell one's own apart.
    package var description: String { text.utf8.count > 8 ? text.prefix(4) + "…" : text }
}

/// What the provider says of a sender profile (.github/PROVIDER.md, "The account"). What it does not say is nil, and no
/// trouble. Its texts are fit to be shown.
package struct SenderProfile: Hashable, Sendable {
    /// `A`: normal.
    package var status: String?
    package var isBlocked: Bool
    package var isDormant: Bool
    /// Of the channel: `A` active, `C` deactivated, `B` blocked, `E` being deleted.
    package var profileStatus: String?
    /// Of the channel: `정상` normal, `경고제한` warned, `영구제한` limited for good.
    package var profileSpamLevel: String?
    /// Of its messages: `정상` normal, `경고제한` warned, `활동제한` limited.
    package var messageSpamLevel: String?
    /// The name people find the channel by: `@name`.
    package var uuid: String?
    package var name: String?

    package init(
        status: String? = nil, isBlocked: Bool = false, isDormant: Bool = false, profileStatus: String? = nil,
        profileSpamLevel: String? = nil, messageSpamLevel: String? = nil, uuid: String? = nil, name: String? = nil
    ) {
        self.status = status
        self.isBlocked = isBlocked
        self.isDormant = isDormant
        self.profileStatus = profileStatus
        self.profileSpamLevel = profileSpamLevel
        self.messageSpamLevel = messageSpamLevel
        self.uuid = uuid
        self.name = name
    }

    /// The gravest; nil when nothing is wrong.
    package var trouble: SenderTrouble? {
        if profileStatus == "E" { return .deleting }
        if profileStatus == "C" { return .deactivated }
        if isBlocked || profileStatus == "B" { return .blocked }
        if isDormant { return .dormant }
        let levels = [profileSpamLevel, messageSpamLevel].compactMap { $0 }.filter { $0 != Self.normalLevel }
        if levels.contains(where: { $0 != Self.warnedLevel }) { return .limited }
        if [status, profileStatus].contains(where: { $0 != nil && $0 != Self.normalStatus }) { return .unusual }
        return levels.isEmpty ? nil : .warned
    }

    private static let normalStatus = "A"
    private static let normalLevel = "정상"
    /// Messages can still be sent.
    private static let warnedLevel = "경고제한"
}

/// What is wrong with a sender profile. The words are those of logs and alerts. With all but the last, and perhaps
/// `unusual`, no message of it is delivered.
package enum SenderTrouble: String, CaseIterable, Sendable {
    /// The channel is being deleted.
    case deleting
    /// The channel was deactivated.
    case deactivated
    case blocked
    /// Not used for long; it must be revived.
    case dormant
    /// Under a sanction.
    case sanctioned
    /// For spam, its own or its messages'. So is a spam level nobody knows.
    case limited
    /// A status nobody knows.
    case unusual
    /// For spam; messages still go out.
    case warned
}

/// A sanction that a sender profile is under (.github/PROVIDER.md, "The account"). Its texts are fit to be shown.
package struct SenderSanction: Hashable, Sendable {
    /// Since when; nil where the provider does not say, or nobody can read it.
    package var restrictedAt: Timestamp?
    /// `BZM`: against the rules for business messages (spam, abuse). `CHANNEL`: against those for channels.
    package var reasonType: String?

    package init(restrictedAt: Timestamp? = nil, reasonType: String? = nil) {
        self.restrictedAt = restrictedAt
        self.reasonType = reasonType
    }
}

/// All that is known of a sender.
package struct SenderState: Hashable, Sendable {
    /// Nil where the provider has none of that key.
    package var profile: SenderProfile?
    /// Nil where there is none.
    package var sanction: SenderSanction?

    package init(profile: SenderProfile?, sanction: SenderSanction?) {
        self.profile = profile
        self.sanction = sanction
    }

    /// The gravest; nil when nothing is wrong.
    package var trouble: SenderTrouble? {
        switch (profile?.trouble, sanction) {
        case (nil, _?), (.warned?, _?), (.unusual?, _?): .sanctioned
        case (let trouble, _): trouble
        }
    }
}
