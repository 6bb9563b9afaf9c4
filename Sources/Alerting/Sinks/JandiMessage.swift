internal import Engine
internal import Reconciliation

/// The body of JANDI's incoming webhook (support.jandi.com, "Incoming Webhook"): `body` is the message itself,
/// `connectInfo` what stands beside the coloured bar below it.
struct JandiMessage: Encodable {
    struct Information: Encodable {
        var title: String
        var description: String
    }

    var body: String
    var connectColor: String
    var connectInfo: [Information]

    private static let examples = 3

    init(_ notification: Notification) {
        let wording = notification.wording
        let examples = notification.examples.prefix(Self.examples).map(\.text)
        let origin = wording.origin(
            since: notification.since, host: notification.host, version: notification.version)
        let below = examples.isEmpty ? [origin] : [wording.examples(examples.joined(separator: ", ")), origin]
        body = Self.plain(Headline.text(notification))
        connectColor = Headline.color(notification)
        connectInfo = [
            Information(
                title: Self.plain(notification.summary), description: below.map(Self.plain).joined(separator: "\n"))
        ]
    }

    /// JANDI makes a link of `[words](address)` and has no escape for it: a space between the two keeps it text.
    static func plain(_ text: String) -> String {
        var result = ""
        for character in text.unicodeScalars {
            if character == "(", result.unicodeScalars.last == "]" { result += " " }
            result.unicodeScalars.append(character)
        }
        return result
    }
}
