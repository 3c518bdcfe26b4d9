/**
 * Gives each field of a mutation and each event of a subscription new loaders and reports: see `Resources`.
 */
import SchemaBuilder, { BasePlugin, type PothosOutputFieldConfig, type SchemaTypes } from '@pothos/core'
import type { GraphQLFieldResolver } from 'graphql'
import type { Context } from '../resolvers/context.ts'

/** Name of the plugin, for the list of the builder's plugins. */
export const RESOURCES_PLUGIN = 'differResources' as const

class ResourcesPlugin<Types extends SchemaTypes> extends BasePlugin<Types> {
  override wrapResolve(
    resolver: GraphQLFieldResolver<unknown, Types['Context'], object>,
    { kind }: PothosOutputFieldConfig<Types>,
  ): GraphQLFieldResolver<unknown, Types['Context'], object> {
    if (kind !== 'Mutation' && kind !== 'Subscription') return resolver
    return (parent, args, context, info) => {
      const { resources, bytes } = context as Context
      resources.renew()
      if (kind === 'Subscription') bytes.restart()
      return resolver(parent, args, context, info)
    }
  }
}

declare global {
  namespace PothosSchemaTypes {
    interface Plugins<Types extends SchemaTypes> {
      [RESOURCES_PLUGIN]: ResourcesPlugin<Types>
    }
  }
}

SchemaBuilder.registerPlugin(RESOURCES_PLUGIN, ResourcesPlugin)
