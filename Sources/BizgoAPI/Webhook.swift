package import Engine
package import Reconciliation

/// What a webhook comes to (.github/PROVIDER.md, "Webhooks").
package enum WebhookVerdict: Hashable, Sendable {
    /// A report to be applied.
    case taken(ReportEntry)
    /// Acknowledged and left: somebody's message to us, or an event of a conversation.
    case ignored
    /// From an address that is none of the provider's; the message it claims to be about.
    case foreign(MessageKey?)
    /// From the provider's address, without a signature that is right and recent.
    case unsigned(MessageKey?)
    /// It says who it is, and what it says is no report.
    case unreadable
}

/// Reads webhooks. Pure: neither clock nor socket. Who may not speak gets the very answer of who may.
package struct WebhookReader: Sendable {
    /// A verdict, and the body of the answer 200.
    package struct Reading: Hashable, Sendable {
        package var verdict: WebhookVerdict
        package var answer: [UInt8]
    }

    /// Where the provider's webhooks come from.
    package let allow: [AddressRange]
    private let secrets: [[UInt8]]
    private let tolerance: Duration

    /// Those about conversations come to addresses below the path for reports, unsigned.
    private static let conversations = "/cstalk/"
    private static let conversationAnswer = Array(#"{"code":"A000","result":"Success"}"#.utf8)
    /// What people send to us, as against reports of what we sent.
    private static let mobileOriginated = "MO"
    /// The provider's keys have some 30 characters.
    private static let longestKey = 256

    /// - Parameters:
    ///   - allow: where the provider's webhooks come from.
    ///   - secrets: any of them may have signed; without one nothing need be signed.
    ///   - tolerance: between the time of a signature and now, either way.
    package init(allow: [AddressRange], secrets: [String], tolerance: Duration) {
        self.allow = allow
        self.secrets = secrets.map { Array($0.utf8) }
        self.tolerance = tolerance
    }

    /// - Parameters:
    ///   - suffix: what follows the webhook's path in the request's.
    ///   - headers: names in lower case.
    package func read(
        from origin: RequestOrigin, suffix: String, headers: [HTTPHeader], body: [UInt8], at now: Timestamp
    ) -> Reading {
        guard !suffix.hasPrefix(Self.conversations) else {
            return Reading(verdict: .ignored, answer: Self.conversationAnswer)
        }
        let root = JSONDocument.object(in: JSONDocument.withoutByteOrderMark(body))
        let key = root?.member("msgKey")?.text.flatMap(Self.key)
        return Reading(
            verdict: verdict(origin, headers, root, key, now), answer: Self.acknowledgement(of: key?.text ?? ""))
    }

    private func verdict(
        _ origin: RequestOrigin, _ headers: [HTTPHeader], _ root: JSONNode?, _ key: MessageKey?, _ now: Timestamp
    ) -> WebhookVerdict {
        guard origin.isFrom(allow) else { return .foreign(key) }
        guard secrets.isEmpty || isSigned(headers, now) else { return .unsigned(key) }
        guard let root, let key else { return .unreadable }
        guard root.member("serviceType")?.text != Self.mobileOriginated else { return .ignored }
        // As the provider's own model has it; a report without a code would be none.
        let required = [root.member("serviceType"), root.member("reportTime"), root.member("reportType")]
        guard required.allSatisfy({ $0?.text?.isEmpty == false }),
            let entry = try? AnswerEntry(root).reportEntry(isAsked: { $0 == key.text }), entry.code != nil
        else { return .unreadable }
        return .taken(entry)
    }

    // MARK: Signatures

    private func isSigned(_ headers: [HTTPHeader], _ now: Timestamp) -> Bool {
        guard let stamp = Self.single("x-ib-timestamp", headers), let signed = Self.time(stamp),
            let signature = Self.single("x-ib-signature", headers),
            tolerance >= .milliseconds(signed.milliseconds.distance(to: now.milliseconds).magnitude)
        else { return false }
        let given = Array(signature.utf8)
        let lowered = given.map { (0x41...0x5a).contains($0) ? $0 | 0x20 : $0 }
        var isRight = false
        // All are tried, and both ways of writing it, whichever is right: how long it takes says nothing.
        for secret in secrets {
            let digest = SHA256.hmac(key: secret, message: Array(stamp.utf8))
            let isHexadecimal = SHA256.isEqual(lowered, Self.hexadecimal(digest))
            let isBase64 = SHA256.isEqual(given, Array(Base64.encode(digest).utf8))
            isRight = isHexadecimal || isBase64 || isRight
        }
        return isRight
    }

    /// Nil where it is missing, or there more than once.
    private static func single(_ name: String, _ headers: [HTTPHeader]) -> String? {
        let found = headers.filter { $0.name == name }
        return found.count == 1 ? found[0].value : nil
    }

    /// Milliseconds since 1970 where it has 13 digits or more, else seconds.
    private static func time(_ digits: String) -> Timestamp? {
        guard (1...16).contains(digits.utf8.count), digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let number = Int64(digits)
        else { return nil }
        return digits.utf8.count >= 13 ? Timestamp(milliseconds: number) : Timestamp(seconds: number)
    }

    private static func hexadecimal(_ bytes: [UInt8]) -> [UInt8] {
        let figures = Array("0123456789abcdef".utf8)
        return bytes.flatMap { [figures[Int($0 >> 4)], figures[Int($0 & 15)]] }
    }

    // MARK: Bodies

    private static func key(_ text: String) -> MessageKey? {
        let isUsable = !text.isEmpty && text.utf8.count <= longestKey
        return isUsable ? MessageKey(text) : nil
    }

    /// `{"msgKey": "…"}`
    private static func acknowledgement(of key: String) -> [UInt8] {
        var bytes = Array(#"{"msgKey": ""#.utf8)
        for byte in key.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
            case ..<0x20: bytes += Array(#"\u00"#.utf8) + hexadecimal([byte])
            default: bytes.append(byte)
            }
        }
        return bytes + Array(#""}"#.utf8)
    }
}

extension WebhookReader: CustomStringConvertible, CustomReflectable {
    package var description: String { "(webhook reader)" }
    package var customMirror: Mirror { Mirror(self, children: EmptyCollection<Mirror.Child>()) }
}
