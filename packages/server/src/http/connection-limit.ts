import type { Server } from 'node:net'
import { trustedPeers } from './public-url.ts'

/** Closes connections beyond `connectionsMax` of one address at once. Proxies that are trusted bring those of many clients. */
export function limitConnections(server: Server, connectionsMax: number, trustProxy: readonly string[]): void {
  const open = new Map<string, number>()
  const isTrusted = trustedPeers(trustProxy)
  server.on('connection', (socket) => {
    const address = socket.remoteAddress
    if (address === undefined || isTrusted(address)) return
    const connections = (open.get(address) ?? 0) + 1
    if (connections > connectionsMax) {
      socket.destroy()
      return
    }
    open.set(address, connections)
    socket.once('close', () => {
      const left = (open.get(address) ?? 1) - 1
      if (left === 0) open.delete(address)
      else open.set(address, left)
    })
  })
}
