// Every address of the UI, in one place. The gateway serves index.html for those whose first segment is in
// packages/server/src/http/pages.ts: add it there too.
import type { QueryClient } from '@tanstack/react-query'
import { createRootRouteWithContext, createRoute, createRouter, lazyRouteComponent, Outlet, redirect } from '@tanstack/react-router'
import { BASE_URL } from './api/base-url.ts'
import { isUnauthorized, type SessionKeeper, sessionQuery } from './api/session.ts'
import { Frame } from './components/frame/frame.tsx'
import { PageError } from './components/frame/page-error.tsx'
import { PagePending } from './components/frame/page-pending.tsx'
import { NotFoundPage } from './pages/not-found/not-found-page.tsx'

interface RouterContext {
  readonly queryClient: QueryClient
  readonly session: SessionKeeper
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createAppRouter>
  }
  /** What the breadcrumb says; missing: the last parameter of the path. */
  interface StaticDataRouteOption {
    readonly crumb?: string
  }
}

/** What the address holds beside its path. Each page reads and checks what is its own (components/search.ts). */
export type Search = Readonly<Record<string, string | number | boolean | undefined>>
const anySearch = (search: Record<string, unknown>): Search => search as Search

const root = createRootRouteWithContext<RouterContext>()({ component: Outlet, validateSearch: anySearch })

const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  component: lazyRouteComponent(() => import('./pages/sign-in/sign-in-page.tsx'), 'SignInPage'),
})

/** Everything that needs somebody to be signed in, inside of the frame. */
const frame = createRoute({
  getParentRoute: () => root,
  id: 'frame',
  component: Frame,
  beforeLoad: async ({ context: { queryClient, session }, location }) => {
    try {
      await queryClient.ensureQueryData(sessionQuery(session))
    } catch (error) {
      if (!isUnauthorized(error)) throw error
      throw redirect({ to: '/sign-in', search: location.href === '/' ? {} : { next: location.href } })
    }
  },
})

const at = { getParentRoute: () => frame } as const
const home = createRoute({ ...at, path: '/', component: lazyRouteComponent(() => import('./pages/home/home-page.tsx'), 'HomePage') })
const namespaces = createRoute({
  ...at,
  path: '/namespaces',
  staticData: { crumb: 'Namespaces' },
  component: lazyRouteComponent(() => import('./pages/namespaces/namespaces-page.tsx'), 'NamespacesPage'),
})
/** `tab`: overview (when missing), connect, tools, files, dependencies, logs, history, settings. Bundles have theirs here too. */
const namespace = createRoute({
  ...at,
  path: '/namespaces/$ns/{-$tab}',
  staticData: { crumb: 'Namespaces' },
  component: lazyRouteComponent(() => import('./pages/namespace/namespace-page.tsx'), 'NamespacePage'),
})
const bundleNew = createRoute({
  ...at,
  path: '/new-bundle',
  staticData: { crumb: 'New bundle' },
  component: lazyRouteComponent(() => import('./pages/bundle-new/bundle-new-page.tsx'), 'BundleNewPage'),
})
const playground = createRoute({
  ...at,
  path: '/playground',
  staticData: { crumb: 'Playground' },
  component: lazyRouteComponent(() => import('./pages/playground/playground-page.tsx'), 'PlaygroundPage'),
})
const servers = createRoute({
  ...at,
  path: '/servers',
  staticData: { crumb: 'Servers' },
  component: lazyRouteComponent(() => import('./pages/servers/servers-page.tsx'), 'ServersPage'),
})
const server = createRoute({
  ...at,
  path: '/servers/$ns/{-$tab}',
  staticData: { crumb: 'Servers' },
  component: lazyRouteComponent(() => import('./pages/server/server-page.tsx'), 'ServerPage'),
})
const serverAdd = createRoute({
  ...at,
  path: '/add-server',
  staticData: { crumb: 'Add server' },
  component: lazyRouteComponent(() => import('./pages/server-add/server-add-page.tsx'), 'ServerAddPage'),
})
const calls = createRoute({
  ...at,
  path: '/calls',
  staticData: { crumb: 'Calls' },
  component: lazyRouteComponent(() => import('./pages/calls/calls-page.tsx'), 'CallsPage'),
})
const logs = createRoute({
  ...at,
  path: '/logs',
  staticData: { crumb: 'Logs' },
  component: lazyRouteComponent(() => import('./pages/logs/logs-page.tsx'), 'LogsPage'),
})
const access = createRoute({
  ...at,
  path: '/access',
  staticData: { crumb: 'Access' },
  component: lazyRouteComponent(() => import('./pages/access/access-page.tsx'), 'AccessPage'),
})
const settings = createRoute({
  ...at,
  path: '/settings',
  staticData: { crumb: 'Settings' },
  component: lazyRouteComponent(() => import('./pages/settings/settings-page.tsx'), 'SettingsPage'),
})

const routeTree = root.addChildren([
  signIn,
  frame.addChildren([home, namespaces, namespace, bundleNew, playground, servers, server, serverAdd, calls, logs, access, settings]),
])

export function createAppRouter(context: RouterContext) {
  return createRouter({
    routeTree,
    context,
    // Behind a path prefix that is part of every address.
    basepath: new URL(BASE_URL).pathname,
    defaultPreload: 'intent',
    defaultNotFoundComponent: NotFoundPage,
    defaultErrorComponent: PageError,
    defaultPendingComponent: PagePending,
    defaultPendingMs: 100,
    scrollRestoration: true,
    scrollToTopSelectors: ['#main'],
  })
}
