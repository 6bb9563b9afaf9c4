import CCurl
import Engine

/// The header lines of a request, in libcurl's own kind of list, freed with the value.
///
/// Not Sendable: belongs to one transfer.
final class HeaderList {
    private(set) var first: UnsafeMutablePointer<curl_slist>?

    /// - Parameter headers: checked before, so without line ends.
    init(_ headers: [HTTPHeader]) throws(TransportError) {
        for header in headers {
            // libcurl drops a header without a value unless its line ends in a semicolon.
            let isEmpty = header.value.utf8.allSatisfy { $0 == 0x20 || $0 == 0x09 }
            try append(isEmpty ? "\(header.name);" : "\(header.name): \(header.value)")
        }
        // Otherwise larger bodies wait for a "100 Continue" that many servers never send.
        try append("Expect:")
        // Otherwise a body would be called a web form.
        if !headers.contains(where: { $0.name.lowercased() == "content-type" }) { try append("Content-Type:") }
    }

    deinit {
        curl_slist_free_all(first)
    }

    private func append(_ line: String) throws(TransportError) {
        guard let longer = curl_slist_append(first, line) else { throw TransportError(CURLE_OUT_OF_MEMORY) }
        first = longer
    }
}
