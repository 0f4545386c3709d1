import { QueryClient, QueryClientProvider, useQuery } from '@tanstack/react-query';
import { useAuth } from 'tauri-plugin-keyfob-api/react';
import { ORDERS_API, ORDERS_AUDIENCE } from '../../apis';

const client = new QueryClient();

const queryKeys = {
  orders: ['orders'] as const,
};

interface Orders {
  owner: string;
  orders: { number: number; item: string }[];
}

function useOrdersQuery() {
  const { getToken } = useAuth();

  return useQuery({
    queryKey: queryKeys.orders,
    queryFn: async (): Promise<Orders> => {
      const token = await getToken({ audience: ORDERS_AUDIENCE });
      const response = await fetch(`${ORDERS_API}/orders`, {
        headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
      });
      if (!response.ok) throw new Error(`The API says ${response.status} ${response.statusText}`);
      return (await response.json()) as Orders;
    },
    retry: 2,
    staleTime: 5 * 60 * 1000,
  });
}

function OrderList() {
  const { data, isLoading, error } = useOrdersQuery();
  if (isLoading) return <p data-testid="answer">One moment</p>;
  if (error) return <p data-testid="answer">No orders: {error.message}</p>;
  if (!data) return null;
  return <p data-testid="answer">{data.orders.map(({ item }) => item).join(', ')}</p>;
}

export default function Page() {
  return (
    <QueryClientProvider client={client}>
      <OrderList />
    </QueryClientProvider>
  );
}
