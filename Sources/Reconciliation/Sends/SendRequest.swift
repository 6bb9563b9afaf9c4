/// A send as an application asks for it: the body of `POST send/omni`, passed through as it is but for what makes it
/// safe to repeat: an idempotency key, and a `ref` for each recipient.
package struct SendRequest: Sendable {
    package static let mostRecipients = 200

    package let recipients: Int
    /// Of the first channel, in the provider's words (`ALIMTALK`); nil for a channel we do not know.
    package let serviceType: String?
    private let body: [UInt8]
    /// Behind the opening braces of the request and of each destination.
    private let head: Int
    private let destinations: [Int]

    /// - Throws: what is wrong with the body, without anything of what stands in it.
    package init(body given: [UInt8]) throws(SendFlaw) {
        let body = JSONDocument.withoutByteOrderMark(given)
        guard String(validating: body, as: UTF8.self) != nil, let root = JSONDocument.object(in: body) else {
            throw SendFlaw("expected a JSON object, the body of POST send/omni")
        }
        try Self.refuse(Self.ownMembers + ["resvSendTime"], in: root, "")
        guard let list = root.member("destinations")?.elements, (1...Self.mostRecipients).contains(list.count) else {
            throw SendFlaw("destinations: expected 1 to \(Self.mostRecipients) recipients")
        }
        for (index, destination) in list.enumerated() {
            guard destination.member("to")?.text?.isEmpty == false else {
                throw SendFlaw("destinations[\(index)]: expected an object with to")
            }
            try Self.refuse(["ref"], in: destination, "destinations[\(index)].")
        }
        guard let flow = root.member("messageFlow")?.elements, let first = flow.first?.members?.first else {
            throw SendFlaw("messageFlow: expected at least one channel")
        }
        self.body = body
        recipients = list.count
        serviceType = first.name.text.flatMap { Self.serviceTypes[$0] }
        head = root.offset + 1
        destinations = list.map { $0.offset + 1 }
    }

    private static let ownMembers = ["idempotencyKey", "idempotencyTtl", "ref"]

    /// Whether it is one of the provider's words for a kind of messages.
    package static func isServiceType(_ word: String) -> Bool { serviceTypes.values.contains(word) }

    private static let serviceTypes = [
        "alimtalk": "ALIMTALK", "sms": "SMS", "mms": "MMS", "rcs": "RCS", "brandmessage": "BRANDMESSAGE",
        "international": "INTERNATIONAL", "navertalk": "NAVERTALK",
    ]

    private static func refuse(_ names: [String], in object: JSONNode, _ place: String) throws(SendFlaw) {
        for (name, _) in object.members ?? [] {
            guard let name = name.text, names.contains(name) else { continue }
            throw SendFlaw(
                name == "resvSendTime"
                    ? "resvSendTime: a reservation is not a send: make it in the application and use `record`"
                    : "\(place)\(name): leave it out: `send` has its own, by which it finds out what became of a send")
        }
    }

    /// What is put to the provider, the same each time.
    package func body(as key: SendKey) -> [UInt8] {
        var result = Array(body[..<head])
        result += Array(
            "\"idempotencyKey\":\"\(key.text)\",\"idempotencyTtl\":\(SendKey.timeToLive.components.seconds),".utf8)
        var done = head
        for (index, place) in destinations.enumerated() {
            result += body[done..<place]
            result += Array("\"ref\":\"\(key.reference(index).text)\",".utf8)
            done = place
        }
        return result + body[done...]
    }
}

/// Why a body is not sent: one line.
package struct SendFlaw: Error, Hashable, Sendable {
    package let message: String

    package init(_ message: String) {
        self.message = message
    }
}

/// The idempotency key of a send, by which the provider knows it again, and we do.
package struct SendKey: Hashable, Sendable {
    /// For how long the provider knows it: the longest there is.
    package static let timeToLive = Duration.seconds(86_400)
    private static let prefix = "bzr-"

    package let text: String

    package init(_ text: String) {
        self.text = text
    }

    /// One that nobody has.
    package init(random: inout some RandomNumberGenerator) {
        let digits = [random.next(), random.next()].map { (number: UInt64) in
            let text = String(number, radix: 16)
            return String(repeating: "0", count: 16 - text.count) + text
        }
        text = Self.prefix + digits.joined()
    }

    /// Of a recipient, from 0.
    package func reference(_ recipient: Int) -> SendReference { SendReference(key: self, recipient: recipient) }
}

/// The `ref` of one recipient of a send: it comes back in reports, statuses and the history.
package struct SendReference: Hashable, Sendable {
    package let key: SendKey
    /// From 0.
    package let recipient: Int

    init(key: SendKey, recipient: Int) {
        self.key = key
        self.recipient = recipient
    }

    /// Nil for what is somebody else's.
    package init?(_ text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, let number = Int(parts[1]), (1...SendRequest.mostRecipients).contains(number) else {
            return nil
        }
        self.init(key: SendKey(String(parts[0])), recipient: number - 1)
    }

    package var text: String { "\(key.text).\(recipient + 1)" }
}
