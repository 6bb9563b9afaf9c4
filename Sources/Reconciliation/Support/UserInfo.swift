/// The user and password in an address (`https://user:password@host`), as HTTP basic authentication sends them
/// (RFC 7617). Printing or reflecting it shows nothing of them.
package struct UserInfo: Sendable {
    /// Why there is nothing that could be sent; in words that show nothing of it.
    package enum Flaw: Error {
        case empty
        /// A `%` without two hexadecimal figures behind it.
        case percent
        /// A colon in the user would end it, and control characters may be in neither.
        case character
    }

    /// The value of the header `Authorization`.
    package let authorization: String

    /// - Parameter text: what stands before the `@`, percent-encoded.
    package init(_ text: Substring) throws(Flaw) {
        let parts = text.utf8.split(separator: UInt8(ascii: ":"), maxSplits: 1, omittingEmptySubsequences: false)
        guard let user = PercentEncoding.decoded(parts[0]),
            let password = PercentEncoding.decoded(parts.count > 1 ? parts[1] : Substring().utf8)
        else { throw .percent }
        guard !(user.isEmpty && password.isEmpty) else { throw .empty }
        guard !user.contains(UInt8(ascii: ":")), !(user + password).contains(where: { $0 < 0x20 || $0 == 0x7f }) else {
            throw .character
        }
        authorization = "Basic " + Self.base64(user + [UInt8(ascii: ":")] + password)
    }

    /// An address without the user and password it may have, and those.
    /// - Returns: the address as it is where it has none, or none that can be sent.
    package static func split(_ address: String) -> (address: String, userInfo: UserInfo?) {
        guard let start = address.firstRange(of: "://")?.upperBound else { return (address, nil) }
        let authority = address[start...].prefix { !"/?#".contains($0) }
        guard let at = authority.lastIndex(of: "@"), let userInfo = try? UserInfo(authority[..<at]) else {
            return (address, nil)
        }
        return (String(address[..<start] + address[address.index(after: at)...]), userInfo)
    }

    /// RFC 4648, 4.
    private static func base64(_ bytes: [UInt8]) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var text: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start...].prefix(3)
            let bits = (0..<3).reduce(0) { $0 << 8 | (start + $1 < bytes.count ? Int(bytes[start + $1]) : 0) }
            for place in 0..<4 {
                text.append(place <= group.count ? alphabet[bits >> (18 - 6 * place) & 63] : UInt8(ascii: "="))
            }
        }
        return String(decoding: text, as: UTF8.self)
    }
}

extension UserInfo: CustomStringConvertible, CustomReflectable {
    package var description: String { "(secret)" }
    package var customMirror: Mirror { Mirror(self, children: EmptyCollection<Mirror.Child>()) }
}
